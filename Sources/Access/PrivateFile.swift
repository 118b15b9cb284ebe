import Foundation
import Glibc

/// Files that only their owner may read or write.
enum PrivateFile {
    static let mode: UInt16 = 0o600
    static let folderMode: UInt16 = 0o700
    /// No file of keys is larger than this: tens of thousands of lines.
    private static let largest = 16 << 20

    /// - Throws: `AccessError.missing`, `.tooWide`, `.foreign`, `.failed`.
    static func read(_ path: String, advice: String) throws(AccessError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure(path, advice: advice) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw failure(path, advice: advice) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw .failed(path, reason: "it is not a regular file") }
        try check(path, information, right: mode)
        guard information.st_size <= largest else { throw .failed(path, reason: "it is larger than any file of keys") }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, advice: advice) }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .failed(path, reason: "it is not text") }
        return text
    }

    /// A folder that others can write to is no place for keys: they could put their own there.
    static func checkFolder(_ path: String, advice: String) throws(AccessError) {
        var information = stat()
        guard stat(path, &information) == 0 else { throw failure(path, advice: advice) }
        guard information.st_mode & S_IFMT == S_IFDIR else { throw .failed(path, reason: "it is not a folder") }
        guard information.st_mode & 0o022 == 0 else {
            throw .tooWide(path, mode: UInt16(information.st_mode & 0o7777), right: folderMode)
        }
    }

    private static func check(_ path: String, _ information: stat, right: UInt16) throws(AccessError) {
        let permissions = UInt16(information.st_mode & 0o7777)
        guard permissions & ~right == 0 else { throw .tooWide(path, mode: permissions, right: right) }
        guard information.st_uid == geteuid() || information.st_uid == 0 || geteuid() == 0 else {
            throw .foreign(path, owner: information.st_uid)
        }
    }

    /// Writes the whole file beside its place and moves it there, so that nobody ever reads half of it.
    /// - Parameter replaces: an existing file may be replaced.
    static func write(_ text: String, to path: String, replaces: Bool) throws(AccessError) {
        let fresh = "\(path).\(getpid()).new"
        unlink(fresh)
        let file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard file >= 0 else { throw failure(fresh, advice: "its folder is not there") }
        defer { unlink(fresh) }
        // What root writes into somebody's folder is that user's to read: the coordinator's, which runs as a user of its own.
        var folder = stat()
        if geteuid() == 0, stat(URL(fileURLWithPath: path).deletingLastPathComponent().path, &folder) == 0,
            folder.st_uid != 0
        {
            fchown(file, folder.st_uid, folder.st_gid)
        }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let code = errno
        close(file)
        guard isWritten else { throw .failed(fresh, reason: String(cString: strerror(code))) }
        guard (replaces ? rename(fresh, path) : link(fresh, path)) == 0 else {
            if errno == EEXIST { throw .refused("\(path) is there already; nothing was changed") }
            throw failure(path, advice: "its folder is not there")
        }
    }

    static func failure(_ path: String, advice: String) -> AccessError {
        errno == ENOENT ? .missing(path, advice: advice) : .failed(path, reason: String(cString: strerror(errno)))
    }
}

/// Lines of words; what begins with `#` is for people.
enum WordLines {
    static func read(_ text: String) -> [(line: Int, words: [Substring])] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            // A key may hold a '#', so only a whole line is a comment.
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.isEmpty || words[0].hasPrefix("#") ? nil : (index + 1, words)
        }
    }
}
