import Glibc

/// Zeroed memory for a table that grows and shrinks with an exploration.
///
/// Large tables are taken from the system by the page and given back at once, so that the peak of an exploration is what its tables hold, whatever
/// the allocator would have kept of their predecessors.
enum Pages {
    private static let threshold = 1 << 16

    static func allocate<T: BitwiseCopyable>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
        let bytes = max(count, 1) * MemoryLayout<T>.stride
        guard bytes >= threshold else { return calloc(1, bytes)!.bindMemory(to: T.self, capacity: count) }
        let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { fatalError("no memory for \(bytes) bytes of states") }
        // What is not touched must take nothing: no page larger than the smallest.
        madvise(memory, bytes, MADV_NOHUGEPAGE)
        return memory.bindMemory(to: T.self, capacity: count)
    }

    /// Has the system provide the memory of this part at once: to meet it page by page costs more, above all where several threads read pages before they
    /// write them. Nothing depends on it.
    static func fill<T: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<T>, _ part: Range<Int>) {
        let page = Int(getpagesize())
        let start = Int(bitPattern: pointer + part.lowerBound) & ~(page - 1)
        let end = Int(bitPattern: pointer + part.upperBound)
        guard end - start >= 2 * page else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_POPULATE_WRITE)
    }

    /// What the processor maps at once where it can.
    static let largePage = 2 << 20

    /// Zeroed memory that will be filled to its end soon: the system provides it by large pages, which takes a fifth of the time.
    static func allocateLarge(_ bytes: Int) -> UnsafeMutableRawPointer {
        // More than is needed, to cut it to a large page's bounds.
        let whole = mmap(
            nil, bytes + largePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let whole, whole != MAP_FAILED else { fatalError("no memory for \(bytes) bytes of states") }
        let start = UnsafeMutableRawPointer(
            bitPattern: (UInt(bitPattern: whole) + UInt(largePage - 1)) & ~UInt(largePage - 1))!
        if start > whole { munmap(whole, start - whole) }
        let end = start + bytes
        munmap(end, whole + bytes + largePage - end)
        madvise(start, bytes, MADV_HUGEPAGE)
        return start
    }

    /// - Parameter count: as it was allocated.
    static func free<T: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<T>, _ count: Int) {
        let bytes = max(count, 1) * MemoryLayout<T>.stride
        if bytes >= threshold { munmap(pointer, bytes) } else { Glibc.free(pointer) }
    }
}

/// An append-only array in segments: growing it copies nothing.
struct SegmentedArray<Element: BitwiseCopyable>: ~Copyable {
    private static var shift: Int { 16 }
    private static var segmentCount: Int { 1 << shift }

    private var segments: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    private var segmentCapacity = 16
    private var allocated = 0
    /// Elements of the first segment, which starts small.
    private var firstCapacity = 1024
    /// From this segment on, so many are made at once as fill large pages.
    private static var firstOfLarge: Int { 16 }
    private static var segmentBytes: Int { segmentCount * MemoryLayout<Element>.stride }
    private static var segmentsAtOnce: Int { max(1, Pages.largePage / segmentBytes) }
    private(set) var count = 0

    init() { segments = .allocate(capacity: segmentCapacity) }

    deinit {
        for index in 0..<min(allocated, Self.firstOfLarge) {
            Pages.free(segments[index], index == 0 ? firstCapacity : Self.segmentCount)
        }
        for index in stride(from: Self.firstOfLarge, to: allocated, by: Self.segmentsAtOnce) {
            munmap(segments[index], Self.segmentsAtOnce * Self.segmentBytes)
        }
        segments.deallocate()
    }

    /// Elements that there is room for.
    private var capacity: Int { allocated == 0 ? 0 : firstCapacity + (allocated - 1) * Self.segmentCount }
    var bytes: Int { capacity * MemoryLayout<Element>.stride }

    /// Makes room for so many elements in all.
    mutating func reserve(_ total: Int) {
        if allocated == 0 {
            segments[0] = Pages.allocate(firstCapacity, of: Element.self)
            allocated = 1
        }
        while firstCapacity < min(total, Self.segmentCount) {
            let wider = Pages.allocate(firstCapacity * 4, of: Element.self)
            wider.update(from: segments[0], count: firstCapacity)
            Pages.free(segments[0], firstCapacity)
            segments[0] = wider
            firstCapacity *= 4
        }
        while capacity < total {
            if allocated + Self.segmentsAtOnce > segmentCapacity {
                segmentCapacity = allocated * 2 + Self.segmentsAtOnce
                let wider = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: segmentCapacity)
                wider.update(from: segments, count: allocated)
                segments.deallocate()
                segments = wider
            }
            if allocated < Self.firstOfLarge {
                segments[allocated] = Pages.allocate(Self.segmentCount, of: Element.self)
                allocated += 1
                continue
            }
            let memory = Pages.allocateLarge(Self.segmentsAtOnce * Self.segmentBytes)
            for index in 0..<Self.segmentsAtOnce {
                segments[allocated] = (memory + index * Self.segmentBytes)
                    .bindMemory(to: Element.self, capacity: Self.segmentCount)
                allocated += 1
            }
        }
    }

    /// The room must have been reserved.
    @inline(__always)
    mutating func append(_ element: Element) {
        self.view[count] = element
        count &+= 1
    }

    /// Counts elements that were written through a view into reserved room.
    mutating func extend(to total: Int) { count = total }

    @inline(__always) subscript(index: Int) -> Element { view[index] }

    @inline(__always) var view: SegmentedView<Element> { SegmentedView(segments: segments) }
}

/// Where a segmented array's elements are, for loops and other threads; good until the array grows.
struct SegmentedView<Element: BitwiseCopyable>: @unchecked Sendable {
    let segments: UnsafeMutablePointer<UnsafeMutablePointer<Element>>

    @inline(__always)
    subscript(index: Int) -> Element {
        get { segments[index &>> 16][index & 0xffff] }
        nonmutating set { segments[index &>> 16][index & 0xffff] = newValue }
    }

    @inline(__always)
    func address(_ index: Int) -> UnsafeMutablePointer<Element> { segments[index &>> 16] + (index & 0xffff) }
}
