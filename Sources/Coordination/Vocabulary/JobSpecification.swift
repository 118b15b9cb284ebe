/// What a tenant submits.
public struct JobSpecification: Hashable, Codable, Sendable {
    /// How the job's units hang together.
    public enum Shape: Hashable, Codable, Sendable {
        /// Ranks that must start together: all of their slots are held, or none.
        case gang(ranks: UInt32)
        /// Tasks that run each on its own.
        case array(tasks: UInt32)
    }

    /// What a unit runs.
    public enum Program: Hashable, Codable, Sendable {
        /// An argument vector, never a shell line; the first element is looked up in PATH.
        case command([String])
        /// A program that every worker carries: `digits` (the trainer), `noop`.
        case builtin(String, parameters: [String: String])
    }

    /// 1 to 64 printable ASCII characters.
    public var name: String
    public var tenant: String
    public var shape: Shape
    public var program: Program
    public var environment: [String: String]
    /// An absolute path on the worker; nil means a fresh folder for each lease.
    public var workingDirectory: String?
    /// Slots that each rank or task holds while it runs.
    public var slots: UInt32
    /// How many times more a unit is tried after its program failed.
    public var retries: UInt32
    /// How many times a unit may lose its worker (a lapse or a crash) before the job fails: HyperQueue's "crash limit".
    public var crashLimit: UInt32

    public init(
        name: String, tenant: String = "default", shape: Shape, program: Program, environment: [String: String] = [:],
        workingDirectory: String? = nil, slots: UInt32 = 1, retries: UInt32 = 0, crashLimit: UInt32 = 5
    ) {
        self.name = name
        self.tenant = tenant
        self.shape = shape
        self.program = program
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.slots = slots
        self.retries = retries
        self.crashLimit = crashLimit
    }

    /// Ranks of the gang, or tasks of the array.
    public var units: UInt32 {
        switch shape {
        case .gang(let ranks): ranks
        case .array(let tasks): tasks
        }
    }

    public var isGang: Bool {
        if case .gang = shape { true } else { false }
    }
}
