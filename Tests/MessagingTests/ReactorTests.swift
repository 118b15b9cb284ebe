import Glibc
import Messaging
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(30))) struct ReactorTests {
    let reactor: Reactor

    init() throws { reactor = try Reactor() }

    private actor Counter {
        let reactor: Reactor
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
        private(set) var value = 0
        private(set) var threads: Set<UInt> = []
        init(_ reactor: Reactor) { self.reactor = reactor }
        func increment() {
            value += 1
            threads.insert(UInt(pthread_self()))
        }
        nonisolated func incrementHere() { assumeIsolated { $0.value += 1 } }
    }

    @Test func actorLivesOnOneThreadOnly() async throws {
        let counter = Counter(reactor)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { for _ in 0..<25 { await counter.increment() } }
            }
        }
        #expect(await counter.value == 400)
        #expect(await counter.threads.count == 1)
        #expect(await !counter.threads.contains(UInt(pthread_self())))
    }

    @Test func actorsOfOneReactorCallEachOtherAtOnce() async {
        let counter = Counter(reactor)
        let reactor = reactor
        await withCheckedContinuation { done in
            reactor.perform {
                counter.incrementHere()
                done.resume()
            }
        }
        #expect(await counter.value == 1)
        #expect(reactor.isIsolatingCurrentContext() == false)
    }

    @Test func performKeepsItsOrder() async {
        let seen = Mutex<[Int]>([])
        for number in 0..<1000 { reactor.perform { seen.withLock { $0.append(number) } } }
        await withCheckedContinuation { done in reactor.perform { done.resume() } }
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }

    /// What a handler on the reactor's thread reports to a test.
    private func collect<Element: Sendable>(
        _ count: Int, _ start: @escaping @Sendable (Reactor, AsyncStream<Element>.Continuation) -> Void
    ) async -> [Element] {
        let (stream, continuation) = AsyncStream<Element>.makeStream()
        let reactor = reactor
        reactor.perform { start(reactor, continuation) }
        var elements: [Element] = []
        for await element in stream {
            elements.append(element)
            if elements.count == count { break }
        }
        return elements
    }

    @Test func timersFireInOrderAndNeverEarly() async {
        let start = ContinuousClock.now
        let fired: [(Int, ContinuousClock.Instant)] = await collect(3) { reactor, report in
            for milliseconds in [30, 10, 20] {
                let timer = reactor.makeTimer { report.yield((milliseconds, .now)) }
                timer.arm(at: start.advanced(by: .milliseconds(milliseconds)))
            }
            let never = reactor.makeTimer { report.yield((0, .now)) }
            never.arm(after: .milliseconds(5))
            never.disarm()
        }
        #expect(fired.map(\.0) == [10, 20, 30])
        for (milliseconds, time) in fired { #expect(time - start >= .milliseconds(milliseconds)) }
    }

    @Test func timerIsArmedAgainFromItsHandler() async {
        let fired: [Int] = await collect(5) { reactor, report in
            final class Box { var timer: ReactorTimer?, count = 0 }
            let box = Box()
            box.timer = reactor.makeTimer {
                box.count += 1
                report.yield(box.count)
                box.timer?.arm(at: .now)
            }
            // A time in the past, and only the last of two counts.
            box.timer?.arm(after: .seconds(1000))
            box.timer?.arm(at: .now.advanced(by: .seconds(-1)))
        }
        #expect(fired == [1, 2, 3, 4, 5])
    }

    @Test func watchReadsAPipeUntilItsEnd() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        // A thread of its own, as a program that prints would be: the pipe holds less than this.
        let printing = Task.detached {
            var written = 0
            while written < text.count {
                written += text[written...].withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
            }
            close(writer)
        }
        let pieces: [[UInt8]] = await withCheckedContinuation { done in
            reactor.perform { [reactor] in
                final class Box { var watch: DescriptorWatch?, pieces: [[UInt8]] = [], pauses = 0 }
                let box = Box()
                box.watch = reactor.watch(reader) {
                    var piece = [UInt8](repeating: 0, count: 10_000)
                    let count = read(reader, &piece, piece.count)
                    if count <= 0 {
                        box.watch?.cancel()
                        done.resume(returning: box.pieces)
                        return
                    }
                    box.pieces.append(Array(piece[..<count]))
                    // Paused in its own handler, and resumed by a timer.
                    box.watch?.pause()
                    reactor.makeTimer { box.watch?.resume() }.arm(at: .now)
                }
            }
        }
        await printing.value
        close(reader)
        #expect(pieces.count >= 10)
        #expect(Array(pieces.joined()) == text)
    }

    @Test func shutdownClosesEverythingAndActorsGoOn() async throws {
        let witness = Witness(reactor)
        let endpoint = try await witness.listen()
        await reactor.shutdown()
        #expect(await witness.send([1], to: 1) == .gone)
        await #expect(throws: MessagingError.closed) { try await witness.listen() }
        let counter = Counter(reactor)
        await counter.increment()
        #expect(await counter.value == 1)
        // The port is free again.
        let other = Witness(try Reactor())
        #expect(try await other.listen(endpoint) == endpoint)
        await other.reactor.shutdown()
    }

    @Test func releasedReactorEndsItsThreadAndReleasesHandlers() async throws {
        final class Token: Sendable {}
        weak var released: Token?
        do {
            let token = Token()
            released = token
            let reactor = try Reactor()
            await withCheckedContinuation { done in
                reactor.perform { [unowned reactor] in
                    _ = try? reactor.listen(at: "tcp://127.0.0.1:*") { _ in
                        _ = token
                    } lost: { _ in
                    }
                    done.resume()
                }
            }
        }
        try await eventually { released == nil }
    }
}
