import Foundation

/// The file descriptors that this process may have.
public enum FileDescriptors {
    /// Raises the bound to what the system allows this process.
    /// - Returns: the bound.
    public static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        return Int(clamping: min(limit.rlim_cur, 1 << 20))
    }
}
