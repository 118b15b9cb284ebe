import ModelChecking

/// Who waits for whom, in one state: an edge for each event that a component is ready for and another one refuses.
struct WaitingGraph {
    private let edges: [[(event: Action, refusing: Int)]]
    private let words: Wording

    init(_ standing: [ComponentStanding], _ words: Wording) {
        self.words = words
        edges = standing.indices.map { component in
            // Who can still do something of its own accord waits for nobody.
            if words.names[component] == nil || standing[component].offers.contains(where: { $0.refusing.isEmpty }) {
                return []
            }
            return standing[component].offers.flatMap { offer in
                offer.refusing.filter { words.names[$0] != nil }.map { (offer.action, $0) }
            }
        }
    }

    /// A shortest circle of processes, each of which waits for the next, the last for the first; of those the one with the lowest component.
    /// Only processes that can do nothing at all are in it.
    func shortestCircle() -> [CounterexampleReport.Waiting] {
        var best: [(process: Int, event: Action)] = []
        for start in edges.indices where !edges[start].isEmpty {
            if let circle = circle(from: start, shorterThan: best.isEmpty ? .max : best.count) { best = circle }
            if best.count == 2 { break }
        }
        return best.map { .init(process: words.names[$0.process]!, event: words.name($0.event)) }
    }

    /// Breadth first.
    private func circle(from start: Int, shorterThan length: Int) -> [(process: Int, event: Action)]? {
        var cameBy: [Int: (process: Int, event: Action)] = [:]
        var depth = [start: 1]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let process = queue[next]
            next += 1
            if depth[process]! >= length { return nil }
            for edge in edges[process] {
                if edge.refusing == start {
                    var circle = [(process: process, event: edge.event)]
                    while circle.last!.process != start { circle.append(cameBy[circle.last!.process]!) }
                    return circle.reversed()
                }
                if depth[edge.refusing] == nil {
                    depth[edge.refusing] = depth[process]! + 1
                    cameBy[edge.refusing] = (process, edge.event)
                    queue.append(edge.refusing)
                }
            }
        }
        return nil
    }
}
