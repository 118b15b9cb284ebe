/// Where a piece of a script stands: byte offsets in one of the files of a `SourceMap`.
public struct SourceRange: Hashable, Sendable {
    /// Index in `SourceMap.files`.
    public var file: Int32
    public var start: Int32
    /// The offset after the last byte.
    public var end: Int32

    public init(file: Int32, start: Int32, end: Int32) {
        self.file = file
        self.start = start
        self.end = end
    }

    public var bytes: Range<Int> { Int(start)..<max(Int(start), Int(end)) }

    /// The smallest range that covers both; if they lie in two files, this one.
    public func joined(with other: SourceRange) -> SourceRange {
        guard file == other.file else { return self }
        return SourceRange(file: file, start: min(start, other.start), end: max(end, other.end))
    }

    /// The empty range at the start of the first file: of what no file contains, such as a builtin.
    public static let nowhere = SourceRange(file: -1, start: 0, end: 0)
}

/// A place for people: line and column count from 1.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var line: Int
    public var column: Int

    public init(path: String, line: Int, column: Int) {
        self.path = path
        self.line = line
        self.column = column
    }

    public var description: String { "\(path):\(line):\(column)" }
}

/// The files of one script: the main file first, then what it includes.
public final class SourceMap {
    public private(set) var files: [SourceFile] = []

    public init() {}

    /// Adds a file and gives its index for `SourceRange.file`.
    public func add(_ file: SourceFile) -> Int32 {
        files.append(file)
        return Int32(files.count - 1)
    }

    public func file(of range: SourceRange) -> SourceFile? {
        range.file >= 0 && range.file < files.count ? files[Int(range.file)] : nil
    }

    public func location(of range: SourceRange) -> SourceLocation {
        file(of: range)?.location(ofOffset: Int(range.start)) ?? SourceLocation(path: "<builtin>", line: 1, column: 1)
    }

    /// The text that a range covers, as written.
    public func text(of range: SourceRange) -> String {
        file(of: range)?.text(range.bytes) ?? ""
    }
}
