import Coordination
import Foundation
import Testing

@testable import Storage

@Suite struct RunFolderTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func text(_ store: RuntimeStore, _ task: TaskID, _ stream: LogStream = .output) throws -> String {
        String(decoding: try store.runs.readLog(task, stream, offset: 0, limit: 1 << 20), as: UTF8.self)
    }

    @Test func piecesAreJoinedAndRepeatsAddNothing() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let a = lease(12, 0, 1)
        #expect(try store.runs.appendLog(a, .output, offset: 0, bytes: bytes("hello ")) == 6)
        #expect(try store.runs.appendLog(a, .output, offset: 0, bytes: bytes("hello ")) == 0)
        #expect(try store.runs.appendLog(a, .output, offset: 3, bytes: bytes("lo world")) == 5)
        #expect(try store.runs.appendLog(a, .error, offset: 0, bytes: bytes("oops")) == 4)
        #expect(try store.runs.appendLog(a, .output, offset: .max - 1, bytes: bytes("over the end")) == 0)
        #expect(try text(store, a.task) == "hello world")
        #expect(try text(store, a.task, .error) == "oops")
        #expect(try store.runs.logSize(a.task, .output) == 11)
        #expect(try store.runs.readLog(a.task, .output, offset: 6, limit: 3) == bytes("wor"))
        #expect(try store.runs.readLog(a.task, .output, offset: 11, limit: 3) == [])
        #expect(try store.runs.readLog(TaskID(JobID(99), 0), .output, offset: 0, limit: 3) == [])
        #expect(FileManager.default.contents(atPath: "\(folder.path)/runs/j12/0.out") == Data("hello world".utf8))
    }

    @Test func attemptsFollowOneAnotherAlsoAfterARestart() throws {
        let folder = try TemporaryFolder()
        let task = TaskID(JobID(1), 3)
        try {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            try store.runs.appendLog(lease(1, 3, 1), .output, offset: 0, bytes: bytes("first "))
            try store.runs.appendLog(lease(1, 3, 4), .output, offset: 0, bytes: bytes("second "))
            #expect(try store.runs.appendLog(lease(1, 3, 1), .output, offset: 6, bytes: bytes("late ")) == 0)
        }()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        #expect(try store.runs.appendLog(lease(1, 3, 4), .output, offset: 0, bytes: bytes("second ")) == 0)
        #expect(try store.runs.appendLog(lease(1, 3, 1), .output, offset: 6, bytes: bytes("late ")) == 0)
        try store.runs.appendLog(lease(1, 3, 4), .output, offset: 7, bytes: bytes("goes on "))
        store.runs.close(JobID(1))
        #expect(try store.runs.appendLog(lease(1, 3, 4), .output, offset: 7, bytes: bytes("goes on ")) == 0)
        try store.runs.appendLog(lease(1, 3, 9), .output, offset: 0, bytes: bytes("third"))
        #expect(try text(store, task) == "first second goes on third")
    }

    @Test func whatWasLostIsSaidOnce() throws {
        let folder = try TemporaryFolder()
        try {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            try store.runs.appendLog(lease(1, 0, 1), .output, offset: 0, bytes: bytes("abc"))
            try store.runs.appendLog(lease(1, 0, 1), .output, offset: 10, bytes: bytes("klm"))
        }()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        #expect(try store.runs.appendLog(lease(1, 0, 1), .output, offset: 3, bytes: bytes("defghijklm")) == 0)
        try store.runs.appendLog(lease(1, 0, 1), .output, offset: 12, bytes: bytes("mn"))
        #expect(try text(store, TaskID(JobID(1), 0)) == "abc\n[banquet: 7 bytes of this log were lost]\nklmn")
    }

    /// Any order of pieces, cut and repeated at random, with restarts between: the log is the stream.
    @Test(arguments: 0..<20) func anyCutIsTheStream(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let folder = try TemporaryFolder()
        var store: RuntimeStore? = try RuntimeStore(folder: folder.path, now: noon)
        var expected: [UInt8] = []
        for epoch in 1...3 as ClosedRange<UInt64> {
            let stream = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            var sent = 0
            while sent < stream.count {
                let start = Int.random(in: 0...sent, using: &random)
                let end = Int.random(in: start...min(stream.count, start + 60), using: &random)
                try store!.runs.appendLog(
                    lease(1, 0, epoch), .error, offset: UInt64(start), bytes: Array(stream[start..<end]))
                sent = max(sent, end)
                if Int.random(in: 0..<5, using: &random) == 0 {
                    store = nil
                    store = try RuntimeStore(folder: folder.path, now: noon)
                }
            }
            expected += stream
        }
        #expect(try store!.runs.readLog(TaskID(JobID(1), 0), .error, offset: 0, limit: .max) == expected)
    }

    /// What is printed beyond the bound is dropped, the log says so once, and a restart or another attempt changes nothing of it.
    @Test func aLogThatIsTooLongIsCutAndSaysSo() throws {
        let folder = try TemporaryFolder()
        let limits = RunLimits(unitLogBytes: 10, jobLogBytes: 1000)
        let mark =
            "\n[banquet: this log is cut here: its unit has printed 10 bytes, and may print no more (limits: log-bytes)]\n"
        func open() throws -> RuntimeStore { try RuntimeStore(folder: folder.path, now: noon, limits: limits) }
        try {
            let store = try open()
            try store.runs.appendLog(lease(1, 0, 1), .output, offset: 0, bytes: bytes("12345678"))
            #expect(
                try store.runs.appendLog(lease(1, 0, 1), .output, offset: 4, bytes: bytes("5678abcd")) == 2
                    + mark.utf8.count)
            #expect(try store.runs.appendLog(lease(1, 0, 1), .output, offset: 12, bytes: bytes("more")) == 0)
            try store.runs.appendLog(lease(1, 1, 2), .output, offset: 0, bytes: bytes("another's"))
        }()
        let store = try open()
        #expect(try store.runs.appendLog(lease(1, 0, 1), .output, offset: 16, bytes: bytes("more")) == 0)
        #expect(try store.runs.appendLog(lease(1, 0, 3), .output, offset: 0, bytes: bytes("again")) == 0)
        #expect(try text(store, TaskID(JobID(1), 0)) == "12345678ab" + mark)
        #expect(try text(store, TaskID(JobID(1), 1)) == "another's")
    }

    @Test func aTenantsLogsAreBounded() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let mark =
            "\n[banquet: this log is cut here: its tenant keeps as many bytes of logs as it may (tenants: log-bytes)]\n"
        let first = lease(1, 0, 1)
        try store.runs.appendLog(first, .output, offset: 0, bytes: bytes("12345"), room: 8)
        #expect(
            try store.runs.appendLog(first, .output, offset: 5, bytes: bytes("67890"), room: 3) == 3 + mark.utf8.count)
        #expect(try store.runs.appendLog(first, .output, offset: 10, bytes: bytes("more"), room: 0) == 0)
        #expect(try text(store, TaskID(JobID(1), 0)) == "12345678" + mark)
        try store.runs.appendLog(lease(1, 1, 2), .error, offset: 0, bytes: bytes("e"))
        #expect(try store.runs.logSize(of: JobID(1)) == 9 + UInt64(mark.utf8.count))
        #expect(try store.runs.logSize(of: JobID(2)) == 0)
    }

    @Test func aJobsLogsAreBoundedTogether() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(
            folder: folder.path, now: noon, limits: RunLimits(unitLogBytes: 1000, jobLogBytes: 300, metricsBytes: 100))
        var written = 0
        for index in 0..<100 as Range<UInt32> {
            written += try store.runs.appendLog(
                lease(1, index, UInt64(index) + 1), .output, offset: 0, bytes: [UInt8](repeating: 7, count: 100))
        }
        #expect(try text(store, TaskID(JobID(1), 5)).contains("its job has printed 300 bytes"))
        #expect(try store.runs.logSize(TaskID(JobID(1), 2), .output) == 100)
        // Other jobs have their own.
        #expect(try store.runs.appendLog(lease(2, 0, 1000), .output, offset: 0, bytes: bytes("x")) == 1)
        try store.runs.appendMetrics(lease(1, 0, 1), time: noon, json: "{}")
        #expect(throws: StorageError.self) {
            for _ in 0..<3 { try store.runs.appendMetrics(lease(1, 0, 1), time: noon, json: "{}") }
        }
        #expect(try store.runs.metricsSize(of: JobID(1)) <= 100)
    }

    @Test func metricsAreLinesOfJSON() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        try store.runs.appendMetrics(lease(2, 1, 5), time: noon, json: #"{"epoch": 1, "loss": 0.5}"#)
        try store.runs.appendMetrics(lease(2, 0, 6), time: noon + 1, json: "{}")
        for wrong in ["", "[1]", "{", "{}\n{}", "{\n}", "1"] {
            #expect(throws: StorageError.self) { try store.runs.appendMetrics(lease(2, 0, 6), time: noon, json: wrong) }
        }
        #expect(
            try store.runs.metrics(of: JobID(2)) == [
                #"{"time":1700000000000,"index":1,"epoch":5,"metrics":{"epoch": 1, "loss": 0.5}}"#,
                #"{"time":1700000000001,"index":0,"epoch":6,"metrics":{}}"#,
            ])
        #expect(try store.runs.metrics(of: JobID(3)) == [])
    }

    @Test func anOffsetThatIsALieHarmsNoRestart() throws {
        let folder = try TemporaryFolder()
        let task = TaskID(JobID(3), 0)
        var store: RuntimeStore? = try RuntimeStore(folder: folder.path, now: noon)
        try store?.runs.appendLog(Lease(task, Epoch(1)), .output, offset: .max - 1, bytes: [1])
        try store?.runs.appendLog(Lease(task, Epoch(2)), .output, offset: 0, bytes: [UInt8](repeating: 2, count: 100))
        try store?.close()
        store = nil
        let again = try RuntimeStore(folder: folder.path, now: noon)
        #expect(try again.runs.appendLog(Lease(task, Epoch(2)), .output, offset: 100, bytes: [3]) == 1)
    }

    @Test func theLastTwoCheckpointsStay() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let job = JobID(7)
        #expect(try store.runs.checkpointSteps(job) == [])
        for step in [5, 9, 10, 100, 99] as [UInt64] {
            try store.runs.writeCheckpoint(job, step: step, bytes: [UInt8(step), 1])
        }
        // Until a record that names a newer one is durable, each is still needed.
        #expect(try store.runs.checkpointSteps(job) == [5, 9, 10, 99, 100])
        try store.runs.pruneCheckpoints(job, recorded: 10)
        #expect(try store.runs.checkpointSteps(job) == [9, 10, 99, 100])
        try store.runs.pruneCheckpoints(job, recorded: 100)
        #expect(try store.runs.checkpointSteps(job) == [99, 100])
        #expect(try store.runs.readCheckpoint(job, step: 100) == [100, 1])
        #expect(try store.runs.readCheckpoint(job, step: 10) == nil)
        try store.runs.writeCheckpoint(job, step: 100, bytes: [])
        #expect(try store.runs.readCheckpoint(job, step: 100) == [])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: store.runs.folder(of: job)).sorted() == [
                "checkpoint-100", "checkpoint-99",
            ])
    }

    @Test func anArtifactReplacesTheOneBefore() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        for content in ["<svg/>", "<svg></svg>"] {
            let path = try store.runs.writeArtifact(.learningCurve, of: JobID(7), bytes: bytes(content))
            #expect(path == "\(folder.path)/runs/j7/learning-curve.svg")
            #expect(FileManager.default.contents(atPath: path) == Data(content.utf8))
        }
    }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
