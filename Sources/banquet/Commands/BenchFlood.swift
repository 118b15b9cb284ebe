import ArgumentParser
import Coordination
import Foundation
import Synchronization

extension Bench {
    /// One tenant floods, and another measures.
    struct Flood: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "flood",
            abstract:
                "Let one tenant submit without end, and measure how long another's jobs take meanwhile, and before.",
            discussion: """
                The jobs are the builtin noop, without processes. The flood's tenant is called `flood`, the other one `calm`; the value \
                is the ratio of the calm tenant's medians, the tail that of what 99 of 100 of its jobs stay within. It is for a cluster that is there to be measured: the flood's jobs stay in the \
                queue, as far as they are admitted.
                """)

        @Option(help: "Submissions of the flood.") var submits = 1_000_000
        @Option(help: "Connections of the flood.") var connections = 1
        @Option(help: "Submissions of a connection that may wait for their answers.") var window = 256
        @Option(help: "Jobs of the other tenant before the flood, and at least as many in it.") var jobs = 200
        @OptionGroup var connection: ConnectionOptions

        struct Report: Encodable {
            let test = "flood"
            let unit = "ratio"
            let submits, admitted, refused: Int
            /// Seconds that the flood took.
            let seconds: Double
            let jobsBefore, jobsMeanwhile: Int
            let p50Before, p99Before, p50Meanwhile, p99Meanwhile: Double
            let tail: Double
            let value: Double
        }

        /// What the flooding threads have done.
        private struct Count {
            var admitted = 0
            var refused = 0
            var running: Int
            var failure: String?
        }

        func validate() throws {
            guard submits > 0, connections > 0, window > 0, jobs > 0 else {
                throw ValidationError("--submits, --connections, --window and --jobs must be at least 1")
            }
        }

        func run() throws {
            let client = try CoordinatorClient(connection)
            var before: [Double] = []
            for _ in 0..<jobs { before.append(try Self.measure(client)) }
            let count = Mutex(Count(running: connections))
            let counter = WorkCounter("flood", unit: "submissions", total: submits)
            let progress = ProgressLine(counter)
            defer { progress.end() }
            let start = ContinuousClock.now
            for number in 0..<connections {
                let share = submits / connections + (number < submits % connections ? 1 : 0)
                Thread.detachNewThread { [self] in
                    let failure = Result { try flood(share, number, count, counter) }
                    count.withLock {
                        $0.running -= 1
                        if case .failure(let error) = failure { $0.failure = "\(error)" }
                    }
                }
            }
            var meanwhile: [Double] = []
            var end = start
            while true {
                let isOver = count.withLock { $0.running == 0 }
                if isOver {
                    if end == start { end = .now }
                    if meanwhile.count >= jobs { break }
                }
                // After its end the flood's jobs still fill the queue.
                meanwhile.append(try Self.measure(client))
            }
            progress.end()
            let result = count.withLock { $0 }
            if let failure = result.failure { throw CommandFailure(message: "banquet: the flood failed: \(failure)") }
            before.sort()
            meanwhile.sort()
            func quantile(_ times: [Double], _ q: Double) -> Double {
                times[Swift.min(times.count - 1, Int(Double(times.count) * q))]
            }
            let (p50, flooded) = (quantile(before, 0.5), quantile(meanwhile, 0.5))
            let (p99, floodedTail) = (quantile(before, 0.99), quantile(meanwhile, 0.99))
            print(
                try JSON.line(
                    Report(
                        submits: submits, admitted: result.admitted, refused: result.refused,
                        seconds: (end - start).milliseconds / 1000, jobsBefore: before.count,
                        jobsMeanwhile: meanwhile.count, p50Before: p50, p99Before: p99, p50Meanwhile: flooded,
                        p99Meanwhile: floodedTail, tail: floodedTail / p99, value: flooded / p50)))
        }

        /// Milliseconds from a job's submission to the news of its end.
        private static func measure(_ client: CoordinatorClient) throws -> Double {
            let start = ContinuousClock.now
            let job = JobSpecification(
                name: "calm", tenant: "calm", shape: .array(tasks: 1), program: .builtin("noop", parameters: [:]))
            try client.run(job, key: UUID().uuidString)
            return (ContinuousClock.now - start).milliseconds
        }

        private func flood(
            _ submits: Int, _ number: Int, _ count: borrowing Mutex<Count>, _ counter: WorkCounter
        ) throws {
            let client = try CoordinatorClient(connection)
            let key = UUID().uuidString
            let job = JobSpecification(
                name: "flood", tenant: "flood", shape: .array(tasks: 1), program: .builtin("noop", parameters: [:]))
            var sent = 0
            var answered = 0
            while answered < submits {
                while sent < Swift.min(submits, answered + window) {
                    try client.send(.submit(job, key: "\(key)-\(sent)"))
                    sent += 1
                }
                switch try client.receive(within: connection.timeout, toAny: true) {
                case .submitted: count.withLock { $0.admitted += 1 }
                case .refused, .busy: count.withLock { $0.refused += 1 }
                case nil:
                    throw CommandFailure(message: "no answer within \(connection.timeout) s", exitCode: 3)
                default: throw CommandFailure.unexpectedReply
                }
                answered += 1
                counter.add()
            }
        }
    }
}
