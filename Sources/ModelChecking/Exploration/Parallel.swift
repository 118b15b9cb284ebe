import Dispatch
import Glibc
import Synchronization

/// Work in parts that do not depend on each other.
enum Parallel {
    /// Processors that are there for threads.
    static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Calls the body once for each part; the parts are shared out to so many threads.
    static func forEach(_ count: Int, threads: Int, _ body: (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        let next = Atomic(0)
        withoutActuallyEscaping(body) { body in
            // The parts touch nothing in common that they change, and all end before this call does.
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
                while true {
                    let part = next.add(1, ordering: .relaxed).oldValue
                    if part >= count { return }
                    body(part)
                }
            }
        }
    }
}
