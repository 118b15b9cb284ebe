import CSP
import Foundation
import Testing

/// Scripts that are typed without an error, and scripts whose every error is marked where it is.
@Suite struct TypeCheckerFileTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Files/types")

    static func scripts(_ name: String) throws -> [String] {
        let path = folder.appending(path: name).path
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".csp") }.sorted()
    }

    @Test(arguments: try scripts("should_pass"))
    func accepts(_ script: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "should_pass/\(script)"), encoding: .utf8)
        #expect(typeErrors(in: text, path: script).map(\.description) == [])
    }

    /// A line with an error ends in `--! part of the message`. There is no other error, and each is found.
    @Test(arguments: try scripts("should_fail"))
    func rejects(_ script: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "should_fail/\(script)"), encoding: .utf8)
        var expected: [Int: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let mark = line.firstRange(of: "--! ") { expected[index + 1] = String(line[mark.upperBound...]) }
        }
        #expect(!expected.isEmpty)
        let errors = typeErrors(in: text, path: script)
        for error in errors {
            let mark = expected.removeValue(forKey: error.line)
            #expect(mark.map { error.message.contains($0) } ?? false, "not expected: \(error)")
        }
        #expect(expected.isEmpty, "not found")
    }
}
