extension LabelledTransitionSystem {
    /// The part that can be reached, renumbered breadth first.
    public func reachable() -> LabelledTransitionSystem { reachableWithOrigins().system }

    /// The same, and which state each of its states was.
    public func reachableWithOrigins() -> (system: LabelledTransitionSystem, origins: [Int]) {
        var number = [Int32](repeating: -1, count: stateCount)
        var order = [initial]
        number[initial] = 0
        var next = 0
        while next < order.count {
            for step in self[order[next]] where number[Int(step.target)] < 0 {
                number[Int(step.target)] = Int32(order.count)
                order.append(Int(step.target))
            }
            next += 1
        }
        let end = terminated.flatMap { number[$0] < 0 ? nil : Int(number[$0]) }
        let system = LabelledTransitionSystem(
            initial: 0, terminated: end,
            successors: order.map { self[$0].map { Transition(action: $0.action, target: number[Int($0.target)]) } })
        return (system, order)
    }
}
