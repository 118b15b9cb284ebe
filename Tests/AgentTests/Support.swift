import Coordination
import Foundation
import Glibc
import Testing

@testable import Agent

/// A folder of the test's own, removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "banquet-agent-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

func lease(_ job: UInt64, _ index: UInt32, _ epoch: UInt64) -> Lease {
    Lease(TaskID(JobID(job), index), Epoch(epoch))
}

func assignment(
    _ program: JobSpecification.Program, lease: Lease = lease(12, 1, 45), environment: [String: String] = [:],
    workingDirectory: String? = nil, isGang: Bool = false, worldSize: UInt32 = 1, attempt: UInt32 = 1
) -> Assignment {
    Assignment(
        lease: lease, program: program, environment: environment,
        workingDirectory: workingDirectory, slots: 1, isGang: isGang, worldSize: worldSize, attempt: attempt)
}

/// Waits until the descriptor can be read or has hung up; false after half a minute.
func waitUntilReadable(_ descriptor: Int32) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&item, 1, 30_000) == 1
}

/// Everything until the end of the file; nil after half a minute without a byte.
func readToEnd(_ descriptor: Int32) -> String? {
    let buffer = ReadBuffer()
    var bytes: [UInt8] = []
    while waitUntilReadable(descriptor) {
        guard let more = buffer.read(descriptor) else { continue }
        if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
        bytes += Array(more)
    }
    return nil
}

/// Whether the process runs: one that has ended and was not reaped by whoever is its parent now doesn't.
func isRunning(_ pid: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let state = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").dropFirst().first
    else { return false }
    return state != "Z" && state != "X"
}

/// Looks until the condition holds; false after half a minute and a thousand looks, for on a busy machine one can take long.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: .seconds(30))
    var looks = 0
    while ContinuousClock.now < deadline || looks < 1000 {
        if try await condition() { return true }
        looks += 1
        await Task.yield()
    }
    return false
}
