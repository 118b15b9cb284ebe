import Foundation
import Messaging
import Synchronization
import Testing

@testable import Training

/// Runs `body` once on each of `count` threads of its own. (Ranks wait for each other in blocking calls: on the
/// cooperative pool, which has as many threads as the machine has cores, they could wait for ever.)
func onThreads<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) async -> [Result<Value, any Error>] {
    await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
        for index in 0..<count {
            group.addTask {
                await withCheckedContinuation { continuation in
                    let thread = Thread {
                        let result = Result { try body(index) }
                        continuation.resume(returning: (index, result))
                    }
                    thread.stackSize = 4 << 20
                    thread.start()
                }
            }
        }
        var results = [Result<Value, any Error>?](repeating: nil, count: count)
        for await (index, result) in group { results[index] = result }
        return results.compactMap { $0 }
    }
}

/// A port on the loopback that nobody listens at: below the range from which the system draws ports by itself, and
/// given to one test only.
func freePort() throws -> UInt16 {
    for _ in 0..<2000 {
        let candidate = nextPort.withLock { next in
            defer { next = next == 29_999 ? 20_000 : next + 1 }
            return next
        }
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = candidate.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, size) }
        }
        if bound == 0 { return candidate }
    }
    throw TrainingError.system("no free port from 20000 to 29999")
}

private let nextPort = Mutex(UInt16(20_000 + getpid() % 10_000))

/// A folder that is removed with all that is in it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/training-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// A ring of `size` ranks over sockets on the loopback, without a rendezvous; each body runs on a thread of its own.
func inRing<Value: Sendable>(
    of size: Int, patience: Duration = .seconds(60), _ body: @escaping @Sendable (Int, RingAllReduce) throws -> Value
) async throws -> [Value] {
    let context = try MessagingContext()
    let lefts = try (0..<size).map { _ in Handover(try BlockingSocket(.pull, in: context)) }
    let endpoints = try lefts.map { try $0.socket.bind("tcp://127.0.0.1:*") }
    let results = await onThreads(size) { rank in
        let right = try BlockingSocket(.push, in: context)
        try right.connect(endpoints[(rank + 1) % size])
        let member = GangMember(job: "j1", generation: 1, rank: rank, worldSize: size)
        let ring = RingAllReduce(member: member, left: lefts[rank].socket, right: right, patience: patience)
        return try body(rank, ring)
    }
    return try results.map { try $0.get() }
}

/// Hands a socket from the thread that made it to the one that uses it.
struct Handover: @unchecked Sendable {
    let socket: BlockingSocket

    init(_ socket: BlockingSocket) { self.socket = socket }
}

func seconds(_ count: Int) -> ContinuousClock.Instant { ContinuousClock.now + .seconds(count) }
