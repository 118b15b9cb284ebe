/// The label of a transition.
///
/// A hidden event stays known: it is silent like tau, and says which event it was, for explanations and for fairness.
public struct Action: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 0 is tau, 1 is tick, 2 + e is event e, and -(2 + e) is event e after hiding.
    public let code: Int32

    @inlinable
    public init(code: Int32) { self.code = code }

    /// The silent step of an operator (a choice, a termination), which no event stands behind.
    public static let tau = Action(code: 0)
    /// Successful termination.
    public static let tick = Action(code: 1)

    /// The visible event with this number, from 0.
    @inlinable
    public static func event(_ number: Int) -> Action { Action(code: Int32(number) + 2) }

    /// Tau or a hidden event: a step that the environment neither sees nor prevents.
    @inlinable public var isSilent: Bool { code <= 0 }

    /// An event that is not hidden; neither tau nor tick.
    @inlinable public var isEvent: Bool { code >= 2 }

    /// The number of the event, hidden or not; nil for tau and tick.
    public var eventNumber: Int? {
        switch code {
        case 2...: Int(code) - 2
        case ...(-2): Int(-code) - 2
        default: nil
        }
    }

    /// What hiding makes of a visible event; tau, tick and what is hidden already stay as they are.
    public var hidden: Action { code >= 2 ? Action(code: -code) : self }

    public static func < (a: Action, b: Action) -> Bool { a.code < b.code }

    public var description: String {
        switch code {
        case 0: "τ"
        case 1: "✓"
        case 2...: "\(code - 2)"
        default: "τ(\(-code - 2))"
        }
    }
}
