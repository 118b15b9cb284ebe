/// A partition of 0 ..< count whose blocks are slices of one array, so that splitting one costs what is split off.
///
/// Valmari and Lehtinen, "Efficient minimization of DFAs with partial transition functions" (2008), section 3.
struct RefinablePartition {
    private(set) var elements: [Int32]
    private var position: [Int32]
    private(set) var blockOf: [Int32]
    private(set) var starts: [Int32] = []
    private(set) var ends: [Int32] = []
    /// How many elements at the start of a block are marked.
    private var marked: [Int32] = []

    var blockCount: Int { starts.count }

    /// Elements with the same key are together; blocks are numbered by ascending key.
    init(keys: [Int]) {
        elements = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { Int32($0) }
        position = [Int32](repeating: 0, count: keys.count)
        blockOf = [Int32](repeating: 0, count: keys.count)
        for (index, element) in elements.enumerated() {
            if index == 0 || keys[Int(elements[index - 1])] != keys[Int(element)] {
                if index > 0 { ends.append(Int32(index)) }
                starts.append(Int32(index))
                marked.append(0)
            }
            position[Int(element)] = Int32(index)
            blockOf[Int(element)] = Int32(starts.count - 1)
        }
        if !elements.isEmpty { ends.append(Int32(elements.count)) }
    }

    func size(_ block: Int32) -> Int { Int(ends[Int(block)] - starts[Int(block)]) }

    func members(_ block: Int32) -> ArraySlice<Int32> { elements[Int(starts[Int(block)])..<Int(ends[Int(block)])] }

    /// - Returns: whether the element is the first one of its block to be marked.
    mutating func mark(_ element: Int32) -> Bool {
        let block = Int(blockOf[Int(element)])
        let old = position[Int(element)]
        let new = starts[block] + marked[block]
        guard old >= new else { return false }
        let other = elements[Int(new)]
        elements[Int(new)] = element
        elements[Int(old)] = other
        position[Int(element)] = new
        position[Int(other)] = old
        marked[block] += 1
        return marked[block] == 1
    }

    /// Takes the marks of a block away. If only some of its elements are marked, the marked ones leave as a new block.
    /// - Returns: the new block.
    mutating func split(_ block: Int32) -> Int32? {
        let count = marked[Int(block)]
        marked[Int(block)] = 0
        guard count > 0, Int(count) < size(block) else { return nil }
        let new = Int32(starts.count)
        let start = starts[Int(block)]
        starts.append(start)
        ends.append(start + count)
        marked.append(0)
        starts[Int(block)] = start + count
        for index in start..<start + count { blockOf[Int(elements[Int(index)])] = new }
        return new
    }
}
