/// The edges of a graph in memory: those of node n are `offsets[n] ..< offsets[n + 1]`.
///
/// Six bytes an edge, eight a node.
final class EdgeLists {
    private let nodeCapacity: Int
    private let edgeCapacity: Int
    let view: EdgeView
    private(set) var nodeCount = 0
    private(set) var edgeCount = 0

    /// - Parameters: the most nodes and edges that will be added.
    init(nodes: Int, edges: Int) {
        nodeCapacity = nodes + 1
        edgeCapacity = edges
        view = EdgeView(
            offsets: Pages.allocate(nodeCapacity, of: Int.self), targets: Pages.allocate(edges, of: UInt32.self),
            kinds: Pages.allocate(edges, of: UInt16.self))
    }

    deinit {
        Pages.free(view.offsets, nodeCapacity)
        Pages.free(view.targets, edgeCapacity)
        Pages.free(view.kinds, edgeCapacity)
    }

    static func bytes(nodes: Int, edges: Int) -> Int { nodes * 8 + edges * 6 }

    /// Adds an edge of the node that is next to be closed.
    @inline(__always)
    func append(_ target: UInt32, kind: UInt16) {
        view.targets[edgeCount] = target
        view.kinds[edgeCount] = kind
        edgeCount &+= 1
    }

    /// All edges of the next node have been added.
    @inline(__always)
    func closeNode() {
        nodeCount &+= 1
        view.offsets[nodeCount] = edgeCount
    }
}

/// Where a graph's edges are; good as long as the lists exist.
struct EdgeView: @unchecked Sendable {
    let offsets: UnsafeMutablePointer<Int>
    let targets: UnsafeMutablePointer<UInt32>
    /// Edges are of few kinds.
    let kinds: UnsafeMutablePointer<UInt16>
}
