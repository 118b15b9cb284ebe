import Coordination
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Storage

/// Faults that only a process of its own can have: it is killed, its disk is full, it may not write.
@Suite struct FaultTests {
    /// A writer is killed (-9) in mid-append, again and again. What it was told is durable is there, nothing is torn,
    /// and the lock is free.
    @Test func aKilledWriterLosesNothingThatItWasPromised() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        var before: UInt64 = 0
        for round in 0..<5 {
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
                let store = try RuntimeStore(folder: path, now: noon)
                let promised = open("\(path)/promised", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                var last = try store.metadata().lastSequence
                let acknowledged = Mutex(0)
                Thread.detachNewThread {
                    // Not on a beat of the writer's: anywhere between two acknowledgements.
                    while acknowledged.withLock({ $0 }) < 7 + 13 * round { sched_yield() }
                    for _ in 0..<(round * 997) { sched_yield() }
                    kill(getpid(), SIGKILL)
                }
                while true {
                    let batch = entries(everyEvent(), from: last + 1)
                    try store.append(entries: batch)
                    last += UInt64(batch.count)
                    pwrite(promised, &last, 8, 0)
                    acknowledged.withLock { $0 += 1 }
                }
            }
            let store = try RuntimeStore(folder: path, now: noon)
            let promised = try Data(contentsOf: URL(fileURLWithPath: "\(path)/promised"))
                .withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            let journal = try store.journal()
            let size = everyEvent().count
            #expect(promised > before)
            #expect(UInt64(journal.count) >= promised)
            #expect(journal.count % size == 0, "a batch is there whole or not at all")
            #expect(journal.map(\.event) == (0..<(journal.count / size)).flatMap { _ in everyEvent() })
            before = promised
        }
    }

    /// The kernel refuses to let files grow (RLIMIT_FSIZE), as a full disk does.
    @Test func aFailedWriteIsSaidAndEndsAllWriting() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            let store = try RuntimeStore(folder: path, now: noon)
            try store.append(entries: entries([.recover()]))
            var limit = rlimit(rlim_cur: 200_000, rlim_max: .max)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var last: UInt64 = 1
            var failure: StorageError?
            while failure == nil && last < 100_000 {
                do {
                    try store.append(entries: entries(everyEvent(), from: last + 1))
                    last += UInt64(everyEvent().count)
                } catch let error as StorageError {
                    failure = error
                }
            }
            guard case .writeFailed("\(path)/banquet.sqlite", _) = failure else { exit(3) }
            limit.rlim_cur = .max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            for write in [
                { try store.append(entries: entries([.recover()], from: last + 1)) },
                { try store.runs.writeCheckpoint(JobID(1), step: 1, bytes: [1]) },
                { try store.runs.appendMetrics(lease(1, 0, 1), time: noon, json: "{}") },
            ] as [() throws -> Void] {
                do {
                    try write()
                    exit(4)
                } catch StorageError.writesRefused {
                }
            }
            guard try store.journal().count == Int(last) else { exit(5) }
            pwrite(open("\(path)/last", O_RDWR | O_CREAT, 0o600), &last, 8, 0)
        }
        let last = try Data(contentsOf: URL(fileURLWithPath: "\(path)/last")).withUnsafeBytes {
            $0.loadUnaligned(as: UInt64.self)
        }
        #expect(try RuntimeStore(folder: path, now: noon).journal().count == Int(last))
    }

    @Test func aFolderThatMayNotBeWrittenIsNamed() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            chmod(path, 0o555)
            if geteuid() == 0 { guard seteuid(65534) == 0 else { exit(3) } }
            do {
                _ = try RuntimeStore(folder: "\(path)/state", now: noon)
                exit(4)
            } catch let error as StorageError {
                guard error == .unusable(path: "\(path)/state", reason: "Permission denied") else { exit(5) }
            }
            do {
                _ = try RuntimeStore(folder: path, now: noon)
                exit(6)
            } catch let error as StorageError {
                guard error == .unusable(path: "\(path)/lock", reason: "Permission denied") else { exit(7) }
            }
        }
    }
}
