import Glibc

/// The file that a unit says holds its checkpoint.
enum CheckpointFile {
    /// One message carries a checkpoint whole.
    static let largest = 4 << 20

    /// Why a file is not taken, for the unit's owner to read.
    struct Unfit: Error, Equatable {
        var reason: String
    }

    /// - Parameters:
    ///   - folder: what a relative path is relative to: the unit's working directory.
    ///   - owner: the unit's user, where that isn't the agent's: a file of anybody else's is not the unit's to send away.
    /// - Throws: `Unfit`.
    static func read(_ path: String, in folder: String, owner: uid_t? = nil) throws -> [UInt8] {
        let path = path.hasPrefix("/") ? path : "\(folder)/\(path)"
        // A pipe or a device that is named here must not make the agent wait.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw Unfit(reason: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw Unfit(reason: "\(path) is not a regular file")
        }
        guard owner == nil || information.st_uid == owner else {
            throw Unfit(reason: "\(path) does not belong to the unit's user")
        }
        // On the wire an empty checkpoint is none.
        guard information.st_size > 0 else { throw Unfit(reason: "\(path) is empty") }
        guard information.st_size <= largest else {
            throw Unfit(reason: "\(path) has \(information.st_size) bytes; a checkpoint may have \(largest)")
        }
        var failure: Int32 = 0
        let size = Int(information.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(file, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                count += got
            }
        }
        guard failure == 0, bytes.count == size else {
            throw Unfit(
                reason: failure == 0
                    ? "\(path) shrank while it was read" : "\(path): \(String(cString: strerror(failure)))")
        }
        return bytes
    }
}
