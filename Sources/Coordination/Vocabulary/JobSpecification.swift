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
    /// How long an attempt may run, in milliseconds; then it is stopped, and counts as failed.
    public var timeLimitMilliseconds: Int64?
    /// The wait before the first retry, in milliseconds; it doubles with each further failure of the unit, up to 64 times.
    public var retryDelayMilliseconds: UInt32
    /// For an array: how many of its tasks may run at one time.
    public var concurrency: UInt32?
    /// For an elastic gang: with how many ranks it starts if all of them can't be had.
    public var minimumRanks: UInt32?
    /// Larger goes first, where the policy looks at it: -100 to 100.
    public var priority: Int32
    /// Jobs that must have succeeded before this one may start.
    public var after: [JobID]
    /// What each unit asks of its worker besides slots.
    public var requirements: Requirements
    /// What its ranks say to each other, as far as its tenant says so.
    public var communication: DeclaredCommunication?
    /// For a gang: how old, in milliseconds, its last checkpoint may become. A word of its tenant's, for those who look at it.
    public var checkpointMilliseconds: Int64?
    /// For an array: the number that each task is told as its own, where that isn't its index. It is there when failed tasks
    /// of another array are tried once more.
    public var taskNumbers: [UInt32]?

    /// Whose a job is that names nobody.
    public static let standardTenant = "default"

    public init(
        name: String, tenant: String = standardTenant, shape: Shape, program: Program,
        environment: [String: String] = [:],
        workingDirectory: String? = nil, slots: UInt32 = 1, retries: UInt32 = 0, crashLimit: UInt32 = 5,
        timeLimitMilliseconds: Int64? = nil, retryDelayMilliseconds: UInt32 = 1000, concurrency: UInt32? = nil,
        minimumRanks: UInt32? = nil, priority: Int32 = 0, after: [JobID] = [],
        requirements: Requirements = Requirements(), communication: DeclaredCommunication? = nil,
        checkpointMilliseconds: Int64? = nil
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
        self.timeLimitMilliseconds = timeLimitMilliseconds
        self.retryDelayMilliseconds = retryDelayMilliseconds
        self.concurrency = concurrency
        self.minimumRanks = minimumRanks
        self.priority = priority
        self.after = after
        self.requirements = requirements
        self.communication = communication
        self.checkpointMilliseconds = checkpointMilliseconds
    }

    /// Ranks of the gang, or tasks of the array.
    public var units: UInt32 {
        switch shape {
        case .gang(let ranks): ranks
        case .array(let tasks): tasks
        }
    }

    /// What the unit with this index is told as its number.
    public func taskNumber(of index: UInt32) -> UInt32 {
        guard let taskNumbers, Int(index) < taskNumbers.count else { return index }
        return taskNumbers[Int(index)]
    }

    public var isGang: Bool {
        if case .gang = shape { true } else { false }
    }

    /// What is equal takes no memory of its own: jobs that come one after the other mostly run the same program.
    mutating func share(_ other: JobSpecification) {
        if program == other.program { program = other.program }
        if environment == other.environment { environment = other.environment }
    }

    /// What each of its units holds while it runs.
    package var needs: Resources {
        Resources(
            slots: UInt64(slots), cores: UInt64(requirements.cores), memory: requirements.memory,
            devices: requirements.devices.isEmpty ? [:] : requirements.devices.mapValues(UInt64.init))
    }
}

/// What the ranks of a gang say to each other, in its tenant's own words (YAML with `communication` as a key; docs/plans.md). It is checked
/// before the job is admitted: by whoever hands submissions to the core, which only keeps it.
public struct DeclaredCommunication: Hashable, Codable, Sendable {
    public var text: String
    /// Its tenant asked for the job without the check.
    public var isUnchecked: Bool

    /// Longer ones are refused. Bytes.
    public static let byteLimit = 1 << 20

    public init(text: String, isUnchecked: Bool = false) {
        self.text = text
        self.isUnchecked = isUnchecked
    }
}

// MARK: As it stands in the journal

extension JobSpecification {
    private enum CodingKeys: String, CodingKey {
        case name, tenant, shape, program, environment, workingDirectory, slots, retries, crashLimit
        case timeLimitMilliseconds, retryDelayMilliseconds, concurrency, minimumRanks, priority, after, requirements
        case communication, checkpointMilliseconds
        case taskNumbers
    }

    /// Journals from before there was a field don't have it, and mean its default.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func optional<Value: Decodable>(_ key: CodingKeys, _ default: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? `default`
        }
        self.init(
            name: try container.decode(String.self, forKey: .name),
            tenant: try container.decode(String.self, forKey: .tenant),
            shape: try container.decode(Shape.self, forKey: .shape),
            program: try container.decode(Program.self, forKey: .program),
            environment: try optional(.environment, [:]),
            workingDirectory: try container.decodeIfPresent(String.self, forKey: .workingDirectory),
            slots: try container.decode(UInt32.self, forKey: .slots),
            retries: try container.decode(UInt32.self, forKey: .retries),
            crashLimit: try container.decode(UInt32.self, forKey: .crashLimit),
            timeLimitMilliseconds: try container.decodeIfPresent(Int64.self, forKey: .timeLimitMilliseconds),
            retryDelayMilliseconds: try optional(.retryDelayMilliseconds, 0),
            concurrency: try container.decodeIfPresent(UInt32.self, forKey: .concurrency),
            minimumRanks: try container.decodeIfPresent(UInt32.self, forKey: .minimumRanks),
            priority: try optional(.priority, 0), after: try optional(.after, []),
            requirements: try optional(.requirements, Requirements()),
            communication: try container.decodeIfPresent(DeclaredCommunication.self, forKey: .communication),
            checkpointMilliseconds: try container.decodeIfPresent(Int64.self, forKey: .checkpointMilliseconds))
        taskNumbers = try container.decodeIfPresent([UInt32].self, forKey: .taskNumbers)
    }

    /// What has its default is left out: most jobs are small, and there are many.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(tenant, forKey: .tenant)
        try container.encode(shape, forKey: .shape)
        try container.encode(program, forKey: .program)
        try container.encode(environment, forKey: .environment)
        try container.encodeIfPresent(workingDirectory, forKey: .workingDirectory)
        try container.encode(slots, forKey: .slots)
        try container.encode(retries, forKey: .retries)
        try container.encode(crashLimit, forKey: .crashLimit)
        try container.encodeIfPresent(timeLimitMilliseconds, forKey: .timeLimitMilliseconds)
        if retryDelayMilliseconds != 0 { try container.encode(retryDelayMilliseconds, forKey: .retryDelayMilliseconds) }
        try container.encodeIfPresent(concurrency, forKey: .concurrency)
        try container.encodeIfPresent(minimumRanks, forKey: .minimumRanks)
        if priority != 0 { try container.encode(priority, forKey: .priority) }
        if !after.isEmpty { try container.encode(after, forKey: .after) }
        if requirements != Requirements() { try container.encode(requirements, forKey: .requirements) }
        try container.encodeIfPresent(communication, forKey: .communication)
        try container.encodeIfPresent(checkpointMilliseconds, forKey: .checkpointMilliseconds)
        try container.encodeIfPresent(taskNumbers, forKey: .taskNumbers)
    }
}
