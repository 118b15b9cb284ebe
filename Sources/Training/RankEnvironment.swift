import Foundation
import Messaging

/// What the worker tells a rank through its environment: torchrun's names where there are such, and ours.
struct RankEnvironment: Hashable {
    struct Endpoint: Hashable {
        var host: String
        var port: UInt16
    }

    /// BANQUET_JOB, RANK, WORLD_SIZE and BANQUET_ATTEMPT (the gang's generation).
    var member: GangMember
    /// MASTER_ADDR and MASTER_PORT: where rank 0 listens. A gang of one needs none.
    var master: Endpoint?
    /// What the file in BANQUET_GANG_KEY_FILE holds: the gang's key; nil: its ranks don't encrypt what they say to each other.
    var key: CurveKeyPair?
    /// BANQUET_METRICS_FD: an open file descriptor for JSON lines.
    var metrics: Int32?
    /// BANQUET_CHECKPOINT_DIR: where rank 0 puts checkpoints.
    var checkpointFolder: String?
    /// BANQUET_CHECKPOINT: the one to go on from.
    var checkpoint: String?

    /// - Throws: `TrainingError.badEnvironment`.
    init(_ environment: [String: String]) throws(TrainingError) {
        func number<Number: FixedWidthInteger>(
            _ name: String, _ range: ClosedRange<Number>
        ) throws(TrainingError) -> Number? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            guard let value = Number(text), range.contains(value) else {
                throw .badEnvironment(
                    "\(name) is '\(text)'; a whole number from \(range.lowerBound) to \(range.upperBound) is right")
            }
            return value
        }
        func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func missing(_ name: String) -> TrainingError {
            .badEnvironment("\(name) is not set; 'rank' is for a worker to call, people use 'submit' or 'run'")
        }

        guard let worldSize = try number("WORLD_SIZE", 1...GangMember.mostRanks) else { throw missing("WORLD_SIZE") }
        guard let rank = try number("RANK", 0...(worldSize - 1)) else { throw missing("RANK") }
        let attempt = try number("BANQUET_ATTEMPT", 1...UInt32.max)
        let job = text("BANQUET_JOB")
        let host = text("MASTER_ADDR")
        let port = try number("MASTER_PORT", 1...UInt16.max)
        if worldSize > 1 {
            if job == nil { throw missing("BANQUET_JOB") }
            if attempt == nil { throw missing("BANQUET_ATTEMPT") }
            if host == nil { throw missing("MASTER_ADDR") }
            if port == nil { throw missing("MASTER_PORT") }
        }
        guard (job ?? "").utf8.count <= GangMember.longestJob else {
            throw .badEnvironment("BANQUET_JOB is longer than \(GangMember.longestJob) bytes")
        }
        if let host, let port { master = Endpoint(host: host, port: port) }
        member = GangMember(job: job ?? "", generation: attempt ?? 1, rank: rank, worldSize: worldSize)
        if let file = text("BANQUET_GANG_KEY_FILE") { key = try Self.key(in: file) }
        metrics = try number("BANQUET_METRICS_FD", 0...Int32.max)
        checkpointFolder = text("BANQUET_CHECKPOINT_DIR")
        checkpoint = text("BANQUET_CHECKPOINT")
    }
    /// What is wrong is said without a word of what the file holds.
    private static func key(in file: String) throws(TrainingError) -> CurveKeyPair {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw .badEnvironment("the gang's key in \(file) can't be read")
        }
        guard let secret = CurveSecretKey(revealed: text), let pair = CurveKeyPair(secretKey: secret) else {
            throw .badEnvironment("\(file) holds no key of a gang")
        }
        return pair
    }
}
