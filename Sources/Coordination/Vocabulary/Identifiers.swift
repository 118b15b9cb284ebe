/// A submitted job. Numbers grow by one with every admitted job and are never used again. Printed `j12`.
public struct JobID: Hashable, Comparable, Codable, Sendable, LosslessStringConvertible {
    public let number: UInt64

    public init(_ number: UInt64) { self.number = number }

    /// Reads `j12`, and also the bare `12` that people type.
    public init?(_ text: String) {
        guard let number = UInt64(text.hasPrefix("j") ? text.dropFirst() : text[...]) else { return nil }
        self.number = number
    }

    public var description: String { "j\(number)" }
    public static func < (a: JobID, b: JobID) -> Bool { a.number < b.number }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = JobID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no job id: \(text)"))
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One unit of a job: a task of an array, or a rank of a gang; `index` counts from 0. Printed `j12.3`.
public struct TaskID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let job: JobID
    public let index: UInt32

    public init(_ job: JobID, _ index: UInt32) {
        self.job = job
        self.index = index
    }

    public var description: String { "\(job).\(index)" }
    public static func < (a: TaskID, b: TaskID) -> Bool { (a.job, a.index) < (b.job, b.index) }
}

/// The name that an operator gave a worker: 1 to 64 of `A-Z a-z 0-9 . _ -`, starting with a letter or a digit.
public struct WorkerName: Hashable, Comparable, Codable, Sendable, LosslessStringConvertible {
    public let description: String

    public init?(_ text: String) {
        guard Self.isValid(text) else { return nil }
        description = text
    }

    static func isValid(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first else { return false }
        func isAlphanumeric(_ c: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(c)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(c | 0x20)
        }
        return isAlphanumeric(first) && text.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    public static func < (a: WorkerName, b: WorkerName) -> Bool { a.description < b.description }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = WorkerName(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no worker name: \(text)"))
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// One life of a worker: a number that its agent draws at start, so that a worker that was restarted is told from one
/// that only lost its connection. A later life has a larger number (the agent takes its start time in microseconds). A
/// worker that fenced itself, because its leases were not renewed in time, begins the next life: its number grows by one.
public struct Incarnation: Hashable, Comparable, Codable, Sendable {
    public let number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public static func < (a: Incarnation, b: Incarnation) -> Bool { a.number < b.number }
}

/// The fencing token of a lease. Every lease that the coordinator grants has a larger epoch than all before it, over the
/// whole life of the state folder, so a message that carries an old one is recognised and refused.
/// (Kleppmann, "How to do distributed locking", 2016; Gray and Cheriton, "Leases", SOSP 1989.)
public struct Epoch: Hashable, Comparable, Codable, Sendable {
    public let number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public static func < (a: Epoch, b: Epoch) -> Bool { a.number < b.number }
}

/// The right to run one task or rank, on one worker, until it ends or lapses.
public struct Lease: Hashable, Codable, Sendable, CustomStringConvertible {
    public let task: TaskID
    public let epoch: Epoch

    public init(_ task: TaskID, _ epoch: Epoch) {
        self.task = task
        self.epoch = epoch
    }

    public var description: String { "\(task)@\(epoch.number)" }
}

/// Milliseconds since the Unix epoch, as the shell around a state machine tells them: they never run backwards, but at any rate.
public struct Timestamp: Hashable, Comparable, Codable, Sendable {
    public let milliseconds: Int64
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    public static func + (a: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds + milliseconds)
    }
    /// The milliseconds from `b` to `a`.
    public static func - (a: Timestamp, b: Timestamp) -> Int64 { a.milliseconds - b.milliseconds }
}
