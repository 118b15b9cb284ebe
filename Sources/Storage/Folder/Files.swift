import Glibc

/// POSIX calls with errors that name the file. Everything is opened close-on-exec: a worker's child or a shell-out must
/// not keep a state folder's lock or a log alive.
enum Files {
    static func describe(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Creates `path` and its parents, with mode 0700 for what is new.
    static func createFolder(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        var code = errno
        if code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try createFolder(String(path[..<slash]))
            if mkdir(path, 0o700) == 0 { return }
            code = errno
        }
        guard code == EEXIST else { throw StorageError.unusable(path: path, reason: describe(code)) }
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError.unusable(path: path, reason: "it is not a folder")
        }
    }

    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws -> Int32 {
        let file = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard file >= 0 else { throw StorageError.unusable(path: path, reason: describe(errno)) }
        return file
    }

    /// The size in bytes, or nil when there is no such file.
    static func size(_ path: String) throws -> UInt64? {
        var information = stat()
        if stat(path, &information) == 0 { return UInt64(information.st_size) }
        if errno == ENOENT { return nil }
        throw StorageError.unusable(path: path, reason: describe(errno))
    }

    static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = write(file, bytes.baseAddress! + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw StorageError.writeFailed(path: path, reason: describe(errno)) }
            written += count
        }
    }

    /// Appends to a file that is created when it is not there. Not synced: what is written survives the process, not
    /// the power.
    static func append(_ path: String, _ bytes: UnsafeRawBufferPointer) throws {
        let file = try asWrite(path) { try open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW) }
        defer { close(file) }
        try writeAll(file, bytes, path: path)
    }

    /// At most `limit` bytes from `offset`; empty when there is no such file or nothing that far in it.
    static func read(_ path: String, offset: UInt64, limit: Int) throws -> [UInt8] {
        guard let size = try size(path), offset < size else { return [] }
        let file = try open(path, O_RDONLY)
        defer { close(file) }
        let wanted = Int(min(UInt64(limit), size - offset))
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted {
                let got = pread(file, buffer.baseAddress! + count, wanted - count, off_t(offset) + off_t(count))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                count += got
            }
        }
        guard failure == 0 else { throw StorageError.unusable(path: path, reason: describe(failure)) }
        return bytes
    }

    static func readWhole(_ path: String) throws -> [UInt8] {
        try read(path, offset: 0, limit: Int.max)
    }

    /// Replaces `folder/name` by `bytes`, so that after a crash at any instant the old file or the new one is there,
    /// whole: a temporary file in the same folder, fsync, rename, and fsync of the folder.
    static func replace(_ name: String, in folder: String, with bytes: UnsafeRawBufferPointer) throws {
        let path = "\(folder)/\(name)"
        let temporary = "\(folder)/.\(name).new"
        let file = try asWrite(temporary) { try open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) }
        do {
            defer { close(file) }
            try writeAll(file, bytes, path: temporary)
            guard fsync(file) == 0 else { throw StorageError.writeFailed(path: temporary, reason: describe(errno)) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw StorageError.writeFailed(path: path, reason: describe(errno)) }
        try syncFolder(folder)
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw StorageError.writeFailed(path: path, reason: describe(errno))
        }
    }

    /// Makes the folder's entries (new files, renames) durable.
    static func syncFolder(_ path: String) throws {
        let file = try asWrite(path) { try open(path, O_RDONLY | O_DIRECTORY) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw StorageError.writeFailed(path: path, reason: describe(errno)) }
    }

    /// The names in a folder, in no order; empty when there is no such folder.
    static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw StorageError.unusable(path: path, reason: describe(errno))
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// A file that can't be opened for writing is a failed write.
    private static func asWrite<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch StorageError.unusable(_, let reason) {
            throw StorageError.writeFailed(path: path, reason: reason)
        }
    }
}
