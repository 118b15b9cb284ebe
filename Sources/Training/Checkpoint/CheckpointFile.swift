#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Checkpoints on disk.
enum CheckpointFile {
    /// Far above any checkpoint of this network, far below what a wrong path could make us read.
    static let largestSize = 64 << 20

    static func name(step: UInt64) -> String {
        let digits = String(step)
        return "digits-" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + ".checkpoint"
    }

    /// Writes the whole file or nothing: beside its place first, then to disk, then renamed.
    /// - Returns: the file's path.
    /// - Throws: `TrainingError.system`.
    static func save(_ checkpoint: Checkpoint, folder: String) throws(TrainingError) -> String {
        let path = folder + "/" + name(step: checkpoint.step)
        let temporary = path + ".tmp\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("can't write \(temporary)") }
        do throws(TrainingError) {
            defer { close(file) }
            try writeAll(checkpoint.encoded(), to: file, name: temporary)
            guard fsync(file) == 0 else { throw failure("can't write \(temporary)") }
            guard rename(temporary, path) == 0 else { throw failure("can't rename \(temporary)") }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(folder)
        return path
    }

    /// The rename itself is on disk only when the folder is.
    private static func syncFolder(_ folder: String) throws(TrainingError) {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure("can't open \(folder)") }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure("can't write \(folder)") }
    }

    /// - Throws: `TrainingError.system` if there is no such file, `.badCheckpoint` if it is damaged.
    static func load(_ path: String) throws(TrainingError) -> Checkpoint {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("can't read the checkpoint \(path)") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("can't read the checkpoint \(path)") }
            if count == 0 { break }
            bytes.append(contentsOf: piece[..<count])
            guard bytes.count <= largestSize else {
                throw .badCheckpoint(path: path, reason: "longer than \(largestSize) bytes")
            }
        }
        return try Checkpoint(decoding: bytes, path: path)
    }
}

/// Writes all bytes, however many calls that takes.
/// - Throws: `TrainingError.system`.
func writeAll(_ bytes: some Collection<UInt8>, to file: Int32, name: String) throws(TrainingError) {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + written, bytes.count - written) }
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN {
            // Somebody made the other end non-blocking: wait until it takes more.
            var waiting = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, -1)
            continue
        }
        guard count >= 0 else { throw failure("can't write \(name)") }
        written += count
    }
}

/// An error that carries the reason that the last system call gave.
func failure(_ what: String) -> TrainingError {
    let reason = errno
    return .system("\(what): \(String(cString: strerror(reason)))")
}
