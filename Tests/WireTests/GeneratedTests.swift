import Foundation
import Testing

/// The C of Sources/CWire is what protoc-c makes of banquet.proto today.
@Suite struct GeneratedTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func run(_ program: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = root
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// Another version of protoc-c may write the same thing in other words.
    static let hasCompiler = (try? run("protoc-c", "--version").output.hasPrefix("protobuf-c 1.4.1")) ?? false

    @Test(.enabled(if: hasCompiler, "needs protoc-c 1.4.1")) func generatedCodeIsCurrent() throws {
        let (status, output) = try Self.run("scripts/generate-wire", "--check")
        #expect(status == 0, "\(output)")
    }
}
