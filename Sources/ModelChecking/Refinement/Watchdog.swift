/// A normalised specification as an observer of an implementation: one state a node, one transition a visible event.
struct Watchdog: Sendable {
    let normalForm: NormalForm
    /// The nodes as a system that takes part in every visible event: events that the specification does not allow lead to where they start, as the check ends there.
    let system: LabelledTransitionSystem

    init(_ normalForm: NormalForm) {
        self.normalForm = normalForm
        system = LabelledTransitionSystem(
            initial: normalForm.initial, terminated: nil,
            successors: normalForm.nodes.map { node in
                node.transitions.filter { $0.action != .tick }
            })
    }
}
