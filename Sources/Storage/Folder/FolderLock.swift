import Glibc

/// The exclusive ownership of a state folder, held as a `flock` on `DIR/lock` for the life of the process: the kernel
/// lets go of it however the process ends, so a coordinator that was killed leaves nothing to clean. The file names the
/// owner's pid, for people.
final class FolderLock: Sendable {
    private let file: Int32

    init(folder: String) throws {
        let path = "\(folder)/lock"
        let file = try Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(file) }
            guard code == EWOULDBLOCK else { throw StorageError.unusable(path: path, reason: Files.describe(code)) }
            let text = String(decoding: (try? Files.read(path, offset: 0, limit: 32)) ?? [], as: UTF8.self)
            throw StorageError.locked(folder: folder, pid: text.split(separator: "\n").first.flatMap { Int32($0) })
        }
        var line = "\(getpid())\n"
        do {
            guard ftruncate(file, 0) == 0 else {
                throw StorageError.writeFailed(path: path, reason: Files.describe(errno))
            }
            try line.withUTF8 { try Files.writeAll(file, UnsafeRawBufferPointer($0), path: path) }
        } catch {
            close(file)
            throw error
        }
        self.file = file
    }

    deinit {
        // Not by closing alone: a child that was forked and has not yet called exec still shares the open file.
        flock(file, LOCK_UN)
        close(file)
    }
}
