import Messaging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One rank of a `digits` job, as a process: what the worker runs.
public enum DigitsRank {
    /// Trains until all epochs are done.
    ///
    /// Rank 0 prints a line for people after each epoch on the standard output, writes a `ProgressRecord` to the metrics
    /// descriptor, and announces each checkpoint there: `{"checkpoint":"PATH","step":N}`.
    /// - Parameters:
    ///   - environment: `RANK`, `WORLD_SIZE`; for a gang also `MASTER_ADDR`, `MASTER_PORT`, `BANQUET_JOB` and
    ///     `BANQUET_ATTEMPT`; if there are such, `BANQUET_METRICS_FD`, `BANQUET_CHECKPOINT_DIR` and `BANQUET_CHECKPOINT`.
    ///   - parameters: the job's, see `DigitsSettings`.
    /// - Returns: the exit code. 0: trained, and the loss is a finite number. 1: the run failed; why is on the standard
    ///   error stream.
    /// - Throws: `TrainingError.badParameter` and `.badEnvironment`: bad input, exit code 2.
    public static func run(environment: [String: String], parameters: [String: String]) throws -> Int32 {
        try run(environment: environment, parameters: parameters, output: STDOUT_FILENO, errors: STDERR_FILENO)
    }

    /// - Parameters:
    ///   - output: descriptor for what people read.
    ///   - errors: descriptor for why it failed.
    static func run(
        environment: [String: String], parameters: [String: String], output: Int32, errors: Int32
    ) throws -> Int32 {
        let settings = try DigitsSettings(parameters: parameters)
        let environment = try RankEnvironment(environment)
        // A worker that is gone must not kill the rank in the middle of writing a checkpoint.
        signal(SIGPIPE, SIG_IGN)
        do {
            try train(settings, environment, Reporter(settings, environment, output: output, errors: errors))
            return 0
        } catch let error as TrainingError where error.isBadInput {
            throw error
        } catch {
            let rank = environment.member.rank
            try? writeAll("banquet: digits: rank \(rank): \(error)\n".utf8, to: errors, name: "standard error")
            return 1
        }
    }

    private static func train(
        _ settings: DigitsSettings, _ environment: RankEnvironment, _ reporter: consuming Reporter
    ) throws {
        let member = environment.member
        let dataset = try DigitsDataset.bundled()
        let restored = try environment.checkpoint.map { path in
            let checkpoint = try CheckpointFile.load(path)
            try checkpoint.check(against: settings, path: path)
            return checkpoint
        }
        var trainer = DigitsTrainer(
            settings: settings, dataset: dataset, rank: member.rank, worldSize: member.worldSize, from: restored)
        // The context outlives the sockets, and at its end waits until the last frames have left.
        let context = member.worldSize > 1 ? try MessagingContext() : nil
        var ring: RingAllReduce?
        if let context, let master = environment.master {
            let rendezvous = Rendezvous(
                member: member, host: master.host, port: master.port, patience: .seconds(settings.patience),
                key: environment.key)
            ring = try rendezvous.meet(step: trainer.step, fingerprint: trainer.fingerprint, in: context)
        }
        try reporter.begin(dataset, trainer, isRestart: restored != nil)
        while trainer.epoch < settings.epochs {
            let start = ContinuousClock.now
            let result = try trainer.trainEpoch(over: ring)
            try reporter.finished(result, trainer)
            if trainer.epoch < settings.epochs { sleep(until: start + .milliseconds(settings.pace)) }
        }
        try reporter.end(accuracy: try trainer.test(over: ring), dataset, trainer)
    }

    private static func sleep(until time: ContinuousClock.Instant) {
        while true {
            let left = ContinuousClock.now.duration(to: time)
            guard left > .zero else { return }
            let (seconds, attoseconds) = left.components
            var wait = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            nanosleep(&wait, nil)
        }
    }
}

/// Rank 0's voice; the other ranks have none.
struct Reporter {
    /// Checkpoints that stay: the worker reads each one soon after it is announced, but may be some behind.
    static let keptCheckpoints = 8

    private let settings: DigitsSettings
    private let environment: RankEnvironment
    private let speaks: Bool
    private let output: Int32
    private let errors: Int32
    private var metrics: Int32?
    private var written: [String] = []

    init(_ settings: DigitsSettings, _ environment: RankEnvironment, output: Int32, errors: Int32) {
        self.settings = settings
        self.environment = environment
        speaks = environment.member.rank == 0
        self.output = output
        self.errors = errors
        metrics = environment.metrics
    }

    func begin(_ dataset: DigitsDataset, _ trainer: DigitsTrainer, isRestart: Bool) throws {
        let ranks = trainer.worldSize
        try say(
            "digits: \(Decimal.grouped(Double(dataset.training.count))) training and \(dataset.test.count) test images, "
                + "\(Decimal.grouped(Double(trainer.network.parameters.count))) parameters, "
                + "\(ranks) \(ranks == 1 ? "rank" : "ranks"), attempt \(environment.member.generation)")
        if isRestart { try say("restarted from checkpoint: epoch \(trainer.epoch), step \(trainer.step)") }
    }

    mutating func finished(_ result: DigitsTrainer.Epoch, _ trainer: DigitsTrainer) throws {
        guard speaks else { return }
        let (seconds, attoseconds) = result.duration.components
        let duration = Double(seconds) + Double(attoseconds) * 1e-18
        let record = ProgressRecord(
            epoch: trainer.epoch, epochs: settings.epochs, loss: result.loss, accuracy: result.accuracy,
            imagesPerSecond: (Double(trainer.dataset.training.count) / max(duration, 1e-9)).rounded(),
            step: trainer.step, attempt: environment.member.generation)
        try say(record.text)
        measure(record.json)
        if trainer.epoch % settings.checkpointEvery == 0 || trainer.epoch == settings.epochs { try save(trainer) }
    }

    func end(accuracy: Float, _ dataset: DigitsDataset, _ trainer: DigitsTrainer) throws {
        try say(
            "accuracy \(Decimal.fixed(Double(accuracy), digits: 4)) on \(dataset.test.count) held-out images after "
                + "\(trainer.epoch) epochs")
    }

    private mutating func save(_ trainer: DigitsTrainer) throws {
        guard let folder = environment.checkpointFolder else { return }
        let path = try CheckpointFile.save(trainer.checkpoint, folder: folder)
        measure("{\"checkpoint\":\"\(Self.escaped(path))\",\"step\":\(trainer.step)}")
        written.append(path)
        if written.count > Self.keptCheckpoints { unlink(written.removeFirst()) }
    }

    private func say(_ line: String) throws {
        guard speaks else { return }
        try writeAll((line + "\n").utf8, to: output, name: "standard output")
    }

    /// A run whose worker no longer listens goes on: it will be stopped, or looked at again, by those whose task that is.
    private mutating func measure(_ json: String) {
        guard let metrics else { return }
        do {
            try writeAll((json + "\n").utf8, to: metrics, name: "the metrics descriptor \(metrics)")
        } catch {
            self.metrics = nil
            try? writeAll("banquet: digits: warning: \(error)\n".utf8, to: errors, name: "standard error")
        }
    }

    /// A path in JSON.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(character.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
