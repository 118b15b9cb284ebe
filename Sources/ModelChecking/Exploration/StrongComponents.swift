/// Strongly connected components of a graph whose edges are computed when asked for.
///
/// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) without recursion: a path may be as long as the graph.
/// One object serves many searches over parts of one graph: a search costs what it touches, not what there is.
final class StrongComponents {
    private struct Frame {
        var node: Int
        /// What is left of the node's successors: `edges[next ..< end]`.
        var next: Int
        var end: Int
    }

    private static let unseen = UInt32.max
    private static let finished = UInt32.max - 1

    private var order: [UInt32]
    private var lowest: [UInt32]

    /// For graphs whose nodes are 0 ..< count.
    init(count: Int) {
        order = [UInt32](repeating: StrongComponents.unseen, count: count)
        lowest = [UInt32](repeating: 0, count: count)
    }

    /// Visits each component once, its members in no particular order; those that have no way to others first.
    /// - Parameters:
    ///   - successors: appends the successors of a node.
    ///   - visit: gets the members of each component.
    func visit(
        nodes: some Sequence<Int>, successors: (Int, inout [Int]) throws -> Void,
        visit: ([Int]) throws -> Void
    ) rethrows {
        let unseen = StrongComponents.unseen
        let finished = StrongComponents.finished
        var touched: [Int] = []
        defer { for node in touched { order[node] = unseen } }
        var clock: UInt32 = 0
        var stack: [Int] = []
        var frames: [Frame] = []
        var edges: [Int] = []

        func enter(_ node: Int) throws {
            touched.append(node)
            order[node] = clock
            lowest[node] = clock
            clock += 1
            stack.append(node)
            let start = edges.count
            try successors(node, &edges)
            frames.append(Frame(node: node, next: start, end: edges.count))
        }

        for root in nodes where order[root] == unseen {
            try enter(root)
            while let frame = frames.last {
                if frame.next < frame.end {
                    frames[frames.count - 1].next += 1
                    let target = edges[frame.next]
                    if order[target] == unseen {
                        try enter(target)
                    } else if order[target] != finished {
                        lowest[frame.node] = min(lowest[frame.node], order[target])
                    }
                    continue
                }
                frames.removeLast()
                edges.removeLast(edges.count - (frames.last?.end ?? 0))
                if let parent = frames.last { lowest[parent.node] = min(lowest[parent.node], lowest[frame.node]) }
                if lowest[frame.node] == order[frame.node] {
                    let start = stack.lastIndex(of: frame.node)!
                    let members = Array(stack[start...])
                    stack.removeLast(members.count)
                    for member in members { order[member] = finished }
                    try visit(members)
                }
            }
        }
    }
}
