import Glibc

/// Work in parts that do not depend on each other.
enum Parallel {
    /// Processors that are there for threads.
    static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Calls the body once for each part; the parts are shared out to so many threads, ascending, or to fewer when there are fewer processors or others use them.
    /// - Parameter body: told the part, and which of the threads has taken it, from 0: one thread's parts ascend.
    static func forEach(_ count: Int, threads: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
        if threads > 1, count > 1, Crew.shared.forEach(count, threads: threads, body) { return }
        for part in 0..<count { body(part, 0) }
    }
}
