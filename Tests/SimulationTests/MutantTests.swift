import Foundation
import Testing

/// The mutants that `scripts/mutants` plants: each must still apply to the sources as they are.
struct MutantTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func eachMutantApplies() throws {
        let folder = Self.root.appendingPathComponent("Tests/Mutants")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".mutant") }
        #expect(names.count >= 35)
        for name in names.sorted() {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            let head = try #require(text.range(of: "find:\n"), "\(name)")
            let middle = try #require(text.range(of: "replace:\n"), "\(name)")
            let fields = text[..<head.lowerBound].split(separator: "\n")
            let file = try #require(fields.first { $0.hasPrefix("file: ") }, "\(name)").dropFirst("file: ".count)
            // What is replaced may be a part of the text, between these.
            let find = text[head.upperBound..<middle.lowerBound].dropLast()
                .replacingOccurrences(of: "«", with: "").replacingOccurrences(of: "»", with: "")
            let replace = text[middle.upperBound...].dropLast()
            let source = try String(contentsOf: Self.root.appendingPathComponent(String(file)), encoding: .utf8)
            #expect(source.components(separatedBy: find).count == 2, "\(name): not once in \(file): \(find)")
            #expect(find != String(replace), "\(name)")
        }
    }
}
