/// The jobs that are known. Their numbers are given in a row, so the records lie in pages of neighbours: a dictionary of records
/// as large as these keeps more room empty than it fills, and while a snapshot still holds it, the first change copies all of
/// it; here it copies a page.
struct JobTable: Hashable, Sendable {
    fileprivate struct Page: Hashable, Sendable {
        var records: [JobRecord?] = Array(repeating: nil, count: JobTable.pageSize)
        /// Which of them are there, a bit each: looking at a record copies it.
        var present: UInt32 = 0
    }

    /// Where a record is, until a job is added or removed.
    struct Place {
        fileprivate let page: Dictionary<UInt64, Page>.Index
        fileprivate let slot: Int
    }

    private static let pageSize = 32

    /// By the number of the first job in them; none is empty.
    private var pages: [UInt64: Page] = [:]
    private(set) var count = 0

    init() {}

    /// Of several with one number the last stays.
    init(_ records: [JobRecord]) { for record in records { self[record.id] = record } }

    subscript(_ id: JobID) -> JobRecord? {
        get { place(of: id).flatMap { pages.values[$0.page].records[$0.slot] } }
        _modify {
            let (number, slot) = Self.split(id)
            defer { recount(number, slot) }
            yield &pages[number, default: Page()].records[slot]
        }
    }

    /// The record at a place, to be changed there.
    subscript(at place: Place) -> JobRecord {
        get { pages.values[place.page].records[place.slot]! }
        _modify { yield &pages.values[place.page].records[place.slot]! }
    }

    func place(of id: JobID) -> Place? {
        let (number, slot) = Self.split(id)
        guard let page = pages.index(forKey: number), pages.values[page].present & (1 << slot) != 0 else { return nil }
        return Place(page: page, slot: slot)
    }

    /// In no order.
    var values: some Sequence<JobRecord> { pages.values.lazy.flatMap { $0.records.lazy.compactMap(\.self) } }
    var keys: some Sequence<JobID> { values.lazy.map(\.id) }

    private static func split(_ id: JobID) -> (page: UInt64, slot: Int) {
        let slot = id.number % UInt64(pageSize)
        return (id.number - slot, Int(slot))
    }

    /// After a change of the record there.
    private mutating func recount(_ number: UInt64, _ slot: Int) {
        guard let page = pages.index(forKey: number) else { return }
        let isThere = pages.values[page].records[slot] != nil
        let bit: UInt32 = 1 << slot
        if isThere != (pages.values[page].present & bit != 0) {
            pages.values[page].present ^= bit
            count += isThere ? 1 : -1
        }
        if pages.values[page].present == 0 { pages.remove(at: page) }
    }
}
