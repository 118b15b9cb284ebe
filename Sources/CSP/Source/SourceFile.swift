#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One CSPm file, as bytes: scripts are UTF-8 or Latin-1, and offsets count bytes.
public final class SourceFile: Sendable {
    /// As it was named by the user or by an `include`.
    public let path: String
    public let bytes: [UInt8]
    /// Whether all bytes are valid UTF-8; otherwise each byte is one Latin-1 character.
    public let isUTF8: Bool
    /// Offset of the first byte of each line, ascending from 0.
    public let lineStarts: [Int32]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        isUTF8 = SourceFile.isValidUTF8(bytes)
        var starts: [Int32] = [0]
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var offset = 0
            while offset < buffer.count, let found = memchr(base + offset, 10, buffer.count - offset) {
                offset = UnsafeRawPointer(found) - base + 1
                starts.append(Int32(truncatingIfNeeded: offset))
            }
        }
        lineStarts = starts
    }

    public convenience init(path: String, text: String) {
        self.init(path: path, bytes: Array(text.utf8))
    }

    /// The largest file that is read: offsets are 32 bits wide.
    public static let sizeMax = Int(Int32.max) - 1

    /// Reads a file from disk; the error says why it could not be read.
    public static func read(path: String) throws(SourceReadError) -> SourceFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SourceReadError(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SourceReadError(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw SourceReadError(path: path, reason: "it is a directory") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = readBytes(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SourceReadError(path: path, reason: String(cString: strerror(errno)))
            }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[0..<count])
            guard bytes.count <= sizeMax else { throw SourceReadError(path: path, reason: "it is larger than 2 GiB") }
        }
        return SourceFile(path: path, bytes: bytes)
    }

    /// The 1-based line that contains a byte offset.
    public func line(ofOffset offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// Byte offsets of a 1-based line, without its line end.
    public func range(ofLine line: Int) -> Range<Int> {
        let start = Int(lineStarts[line - 1])
        var end = line < lineStarts.count ? Int(lineStarts[line]) - 1 : bytes.count
        if end > start, bytes[end - 1] == 13 { end -= 1 }
        return start..<max(start, end)
    }

    /// The characters between two byte offsets.
    public func text(_ range: Range<Int>) -> String {
        let slice = bytes[range.clamped(to: 0..<bytes.count)]
        if isUTF8 { return String(decoding: slice, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: slice.lazy.map { Unicode.Scalar($0) })
        return String(text)
    }

    /// Line and column of a byte offset, both from 1; the column counts characters (Unicode scalars), a tab is one.
    public func location(ofOffset offset: Int) -> SourceLocation {
        let line = line(ofOffset: offset)
        let start = Int(lineStarts[line - 1])
        let end = min(max(offset, start), bytes.count)
        let column: Int
        if isUTF8 {
            // Continuation bytes of UTF-8 begin no character.
            column = bytes[start..<end].reduce(into: 1) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
        } else {
            column = end - start + 1
        }
        return SourceLocation(path: path, line: line, column: column)
    }

    /// The path without links and detours, to tell whether two paths mean one file; as it is if there is no such file.
    static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isValidUTF8(_ bytes: [UInt8]) -> Bool {
        if !bytes.contains(where: { $0 >= 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }
}

/// `read` of the C library: inside `SourceFile` the name is taken.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

/// Why a file could not be read.
public struct SourceReadError: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String { "cannot read \(path): \(reason)" }
}
