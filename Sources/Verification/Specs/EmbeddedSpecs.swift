internal import CSpecs

/// Specs that every coordinator carries with it.
enum EmbeddedSpecs {
    static let journal = text("journal/journal.csp")
    /// What the shipped core is held against, with the words of its world.
    static let laws = text("core/laws.csp")

    static func policy(_ name: String) -> String { text("policies/\(name).csp") }

    /// By their paths in Specs, as they stand there.
    static let files: [String: String] = {
        var files: [String: String] = [:]
        var next = banquet_specs!
        while let name = next.pointee.name {
            let bytes = UnsafeBufferPointer(start: next.pointee.bytes, count: next.pointee.size)
            files[String(cString: name)] = String(decoding: bytes, as: UTF8.self)
            next += 1
        }
        return files
    }()

    /// A script as one text: each file that it includes stands where it is first included.
    /// - Precondition: the binary carries it, and what it includes.
    static func text(_ path: String) -> String {
        var seen: Set<String> = []
        func lines(_ path: String) -> [Substring] {
            guard seen.insert(path).inserted else { return [] }
            guard let file = files[path] else { preconditionFailure("Specs/\(path) is not carried along") }
            return file.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
                guard line.hasPrefix("include \"") else { return [line] }
                return lines(resolved(line.split(separator: "\"")[1], beside: path))
            }
        }
        return lines(path).joined(separator: "\n")
    }

    private static func resolved(_ name: Substring, beside path: String) -> String {
        var parts = path.split(separator: "/").dropLast()
        for part in name.split(separator: "/") {
            if part == ".." { parts.removeLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
