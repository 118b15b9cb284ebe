public import Coordination

/// What was proved of the configuration that a coordinator runs by.
public struct Proof: Sendable {
    /// One line.
    public var summary: String
    /// The whole of it, for the console: a JSON document.
    public var document: String
    /// How often others go before a job; nil where nothing was proved of it.
    public var overtaking: OvertakingBound?

    public init(_ summary: String, document: String = "null", overtaking: OvertakingBound? = nil) {
        self.summary = summary
        self.document = document
        self.overtaking = overtaking
    }
}
