import Glibc

/// Room on the file system that a path is on.
public struct DiskSpace: Hashable, Sendable {
    /// Bytes that a user without special rights may still write.
    public let free: UInt64
    /// Bytes in all.
    public let total: UInt64
    /// Files that may still be made; nil where the file system has no such bound.
    public let filesFree: UInt64?

    /// Nil where it is not known: there is no such path.
    public init?(at path: String) {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return nil }
        let block = UInt64(information.f_frsize)
        free = UInt64(information.f_bavail) * block
        total = UInt64(information.f_blocks) * block
        filesFree = information.f_files > 0 ? UInt64(information.f_favail) : nil
    }
}
