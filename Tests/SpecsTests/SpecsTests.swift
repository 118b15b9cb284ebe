import Foundation
import Testing
import Verification

/// The specs themselves: every assertion in them holds, and none holds whatever the protocol does.
@Suite struct SpecsTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Specs").resolvingSymlinksInPath()

    private static let included = [
        "vocabulary.csp", "policies/cluster.csp", "journal/vocabulary.csp", "journal/processes.csp", "core/world.csp",
        "core/laws.csp",
    ]

    /// The specs, by their paths in `Specs`. What others include is no spec of its own.
    static let specs: [String] = {
        let all = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".csp") && !included.contains($0) }.sorted()
    }()

    /// Far above what any of them needs: a check that doesn't end is to fail, and not to hang.
    static let options = VerificationOptions(maximumStates: 2_000_000, timeout: .seconds(1800))

    /// The large scopes of the core take minutes without optimisation: they are for BANQUET_CORE=1, and for `banquet check Specs`.
    static let checked = specs.filter {
        !["core/gangs.csp", "core/interruptions.csp", "core/postmortems.csp", "core/recovery.csp"].contains($0)
            || ProcessInfo.processInfo.environment["BANQUET_CORE"] != nil
    }

    @Test("Every assertion holds", arguments: checked)
    func holds(spec: String) {
        let report = FileCheck.run(path: Self.root.appendingPathComponent(spec).path, options: Self.options)
        #expect(report.errors.isEmpty, "\(report.errors)")
        #expect(!report.assertions.isEmpty)
        for assertion in report.assertions {
            #expect(assertion.verdict == .holds, "line \(assertion.line): \(assertion.text)")
        }
    }

    @Test("Every spec opens with words for a newcomer, and says what it leaves out")
    func opensWithWords() throws {
        #expect(Self.specs.count > 20)
        for spec in Self.specs {
            let text = try String(contentsOf: Self.root.appendingPathComponent(spec), encoding: .utf8)
            let opening = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("--") }
            #expect(opening.count >= 5, "\(spec)")
            #expect(opening.contains { $0.contains("leaves out") || $0.lowercased().contains("bounds") }, "\(spec)")
        }
    }

    /// What holds of the core is mutated in the core: Tests/Mutants.
    @Test("Every spec of the protocol and of a policy, and every post-mortem, has a mutation")
    func everySpecIsMutated() throws {
        let mutated = Set(try Mutation.all().map(\.checked))
        #expect(
            Set(Self.specs.filter { !$0.hasPrefix("lab/") && !$0.hasPrefix("core/") }).subtracting(mutated).sorted()
                == [])
    }

    @Test("A mutation is found by an assertion", arguments: try Mutation.all())
    func isFound(mutation: Mutation) throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("specs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: Self.root, to: copy)
        try mutation.apply(in: copy)
        let report = FileCheck.run(path: copy.appendingPathComponent(mutation.checked).path, options: Self.options)
        #expect(report.errors.isEmpty, "\(report.errors)")
        #expect(report.assertions.contains { $0.verdict == .fails }, "survives: \(mutation.meaning)")
    }
}

/// One line of one spec changed, as a careless change of the protocol would change it: `mutations.json`.
struct Mutation: Codable, Sendable, CustomTestStringConvertible {
    /// The file that is changed, in `Specs`.
    let file: String
    /// The file that is checked, where that is another one.
    var check: String?
    /// Text that occurs once in the file, and what takes its place.
    let find: String
    let replace: String
    /// What is wrong with the protocol then.
    let meaning: String

    var checked: String { check ?? file }
    var testDescription: String { "\(file): \(meaning)" }

    static func all() throws -> [Mutation] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("mutations.json")
        return try JSONDecoder().decode([Mutation].self, from: Data(contentsOf: path))
    }

    struct NotApplicable: Error { let occurrences: Int, find: String }

    func apply(in folder: URL) throws {
        let path = folder.appendingPathComponent(file)
        let text = try String(contentsOf: path, encoding: .utf8)
        let occurrences = text.components(separatedBy: find).count - 1
        guard occurrences == 1 else { throw NotApplicable(occurrences: occurrences, find: find) }
        try Data(text.replacingOccurrences(of: find, with: replace).utf8).write(to: path)
    }
}
