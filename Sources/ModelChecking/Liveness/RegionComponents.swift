/// Strongly connected components of parts of a graph that is in memory.
///
/// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) without recursion, over flat arrays. Each state is in one region, and a search stays in one: what a search finds can be
/// made a region of its own at once, as a search never comes back to a finished component.
final class RegionComponents {
    private let edges: EdgeView
    private let count: Int
    /// By state: the region that it is in; 0 for states that are out of the question.
    let region: UnsafeMutablePointer<UInt32>
    private var lastRegion: UInt32 = 0
    /// By state: when it was entered; below `base` for those that the search at hand has not met.
    private let order: UnsafeMutablePointer<UInt32>
    private let lowest: UnsafeMutablePointer<UInt32>
    private var clock: UInt32 = 1
    private let stack: UnsafeMutablePointer<UInt32>
    private let frameState: UnsafeMutablePointer<UInt32>
    /// Edges of the frame's state that were taken.
    private let frameEdge: UnsafeMutablePointer<UInt32>

    private static let finished = UInt32.max

    init(_ edges: EdgeView, count: Int) {
        self.edges = edges
        self.count = count
        region = Pages.allocate(count, of: UInt32.self)
        order = Pages.allocate(count, of: UInt32.self)
        lowest = Pages.allocate(count, of: UInt32.self)
        stack = Pages.allocate(count, of: UInt32.self)
        frameState = Pages.allocate(count, of: UInt32.self)
        frameEdge = Pages.allocate(count, of: UInt32.self)
    }

    deinit {
        for array in [region, order, lowest, stack, frameState, frameEdge] { Pages.free(array, count) }
    }

    /// What the arrays take at most, in bytes.
    static func bytes(count: Int) -> Int { count * 24 }

    /// A number that no state's region has.
    func newRegion() -> UInt32 {
        lastRegion += 1
        return lastRegion
    }

    /// Visits each component of a region once, its members in no particular order; those that have no way to others first. Components of one state without a loop are left out
    /// unless they are asked for.
    /// - Parameters:
    ///   - roots: states from which all of the region can be reached; others are passed over.
    ///   - isAllowed: by kind, which edges count.
    ///   - visit: may put the members into a new region.
    @inline(__always)
    func visit(
        _ own: UInt32, roots: some Sequence<Int>, isAllowed: UnsafePointer<Bool>, singles: Bool = false,
        limits: Limits, _ visit: (UnsafeBufferPointer<UInt32>) throws -> Void
    ) throws {
        if clock > 1 << 31 {
            order.update(repeating: 0, count: count)
            clock = 1
        }
        let base = clock
        let (offsets, targets, kinds) = (edges.offsets, edges.targets, edges.kinds)
        var stackCount = 0
        for root in roots where region[root] == own && order[root] < base {
            var depth = 0
            enter(UInt32(truncatingIfNeeded: root), &depth, &stackCount)
            while depth > 0 {
                let state = Int(frameState[depth &- 1])
                let start = offsets[state]
                let end = offsets[state &+ 1]
                var edge = start &+ Int(frameEdge[depth &- 1])
                var low = lowest[state]
                var entered = false
                while edge < end {
                    let target = Int(targets[edge])
                    let isStep = isAllowed[Int(kinds[edge])]
                    edge &+= 1
                    guard isStep, region[target] == own else { continue }
                    if order[target] < base {
                        frameEdge[depth &- 1] = UInt32(truncatingIfNeeded: edge &- start)
                        lowest[state] = low
                        enter(UInt32(truncatingIfNeeded: target), &depth, &stackCount)
                        entered = true
                        break
                    }
                    if lowest[target] != Self.finished { low = min(low, order[target]) }
                }
                if entered {
                    if clock & 0xfffff == 0 { try limits.check(states: count, bytes: 0) }
                    continue
                }
                lowest[state] = low
                depth &-= 1
                if depth > 0 {
                    let parent = Int(frameState[depth &- 1])
                    lowest[parent] = min(lowest[parent], low)
                }
                if low == order[state] {
                    var first = stackCount &- 1
                    while stack[first] != UInt32(truncatingIfNeeded: state) { first &-= 1 }
                    for index in first..<stackCount { lowest[Int(stack[index])] = Self.finished }
                    let members = UnsafeBufferPointer(start: stack + first, count: stackCount &- first)
                    stackCount = first
                    if singles || members.count > 1 || hasLoop(state, isAllowed) { try visit(members) }
                }
            }
        }
    }

    @inline(__always)
    private func enter(_ state: UInt32, _ depth: inout Int, _ stackCount: inout Int) {
        order[Int(state)] = clock
        lowest[Int(state)] = clock
        clock &+= 1
        stack[stackCount] = state
        stackCount &+= 1
        frameState[depth] = state
        frameEdge[depth] = 0
        depth &+= 1
    }

    private func hasLoop(_ state: Int, _ isAllowed: UnsafePointer<Bool>) -> Bool {
        (edges.offsets[state]..<edges.offsets[state + 1]).contains {
            Int(edges.targets[$0]) == state && isAllowed[Int(edges.kinds[$0])]
        }
    }
}
