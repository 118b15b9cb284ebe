import Foundation
import Testing

@testable import CSP

/// Scripts that are damaged at random must end in a result or in errors, and never in a crash.
///
/// `BANQUET_FUZZ=100000 swift test --filter FuzzTests` tries as many inputs, and prints how many were read.
@Suite struct FuzzTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Files/syntax")

    static func script(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test func theScriptsThemselvesAreRight() throws {
        let path = Self.folder.appendingPathComponent("protocol.csp").path
        let (tree, faults) = Parser.parse(path: path)
        #expect(faults.isEmpty, "\(faults.first?.rendered() ?? "")")
        let names = Naming.resolve(try #require(tree))
        #expect(names.isEmpty, "\(names.first?.rendered() ?? "")")
        let bytes = try Self.script("protocol.csp")
        #expect(Formatter.format(SourceFile(path: path, bytes: bytes)).text == bytes)
    }

    static var count: Int { ProcessInfo.processInfo.environment["BANQUET_FUZZ"].flatMap { Int($0) } ?? 600 }

    /// Evaluates and prints every value that a script names, and its assertions; false if it can't be loaded (what it
    /// includes is not on disk).
    private static func evaluateAll(_ bytes: [UInt8]) -> Bool {
        guard let script = try? Script.load(text: String(decoding: bytes, as: UTF8.self)) else { return false }
        for declaration in script.tree.scope.declarations {
            guard case .binding(let pattern, _) = declaration.kind, case .name(let name) = pattern.kind else {
                continue
            }
            script.limit(steps: 3_000)
            guard let value = try? script.evaluate(name.text) else { continue }
            _ = try? script.text(of: value)
        }
        for assertion in script.assertions { _ = try? script.evaluate(assertion) }
        return true
    }

    @Test func damagedScriptsNeverCrash() throws {
        let count = Self.count
        var seeds = try [Self.script("protocol.csp"), Self.script("shared.csp")]
        seeds += FormatterTests.canonical.map { Array($0.utf8) }
        // Whole lines and small scripts are damaged more often where it hurts.
        seeds += seeds[0].split(separator: 10).map { Array($0) }
        let shared = try Self.script("shared.csp")
        var mutator = Mutator(seed: 20_26, corpus: seeds)
        var (parsed, named, typed, evaluated) = (0, 0, 0, 0)
        for _ in 0..<count {
            let bytes = mutator.next()
            let file = SourceFile(path: "fuzz.csp", bytes: bytes)
            let (tree, faults) = Parser.parse(file) { path throws(SourceReadError) in
                SourceFile(path: path, bytes: path == "shared.csp" ? shared : bytes)
            }
            for fault in faults { #expect(!fault.rendered().isEmpty && fault.line >= 1 && fault.column >= 1) }
            guard !faults.contains(where: { $0.severity == .error }) else { continue }
            parsed += 1
            if let laidOut = Formatter.format(file).text {
                let again = Formatter.format(SourceFile(path: "again.csp", bytes: laidOut))
                #expect(again.text == laidOut, "\(String(decoding: bytes, as: UTF8.self))")
            } else {
                Issue.record("not laid out:\n\(String(decoding: bytes, as: UTF8.self))")
            }
            guard Naming.resolve(tree).isEmpty else { continue }
            named += 1
            guard TypeChecker.check(tree).isWellTyped else { continue }
            typed += 1
            if Self.evaluateAll(bytes) { evaluated += 1 }
        }
        print(
            "fuzz: \(count) inputs, \(parsed) parsed, \(named) with all names known, \(typed) well typed, \(evaluated) evaluated"
        )
        #expect(parsed > count / 20, "damage so great that nothing behind the parser is reached")
    }
}

/// Damages scripts: bytes, tokens, lines and brackets are changed, doubled, moved and dropped.
struct Mutator {
    private var random: SplitMix64
    private let corpus: [[UInt8]]
    private static let fragments = [
        "(", ")", "{", "}", "<", ">", "[[", "]]", "[|", "|]", "{|", "|}", "(| ", "|)", "->", "<-", "<->", "[]", "|~|",
        "|||", "\\", "@", "@@",
        "::", ":[", "]:", "..", ".", "?", "!", "$", "-", "--", "{-", "-}", "\"", "'", "=", "==", "=>", "=>*", "let ",
        " within ", "if ",
        " then ", " else ", "\n", "\r\n", "\t", "assert ", "channel ", "datatype ", "module ", "exports\n", "endmodule",
        "instance ",
        "Timed {", "include \"shared.csp\"\n", "include \"fuzz.csp\"\n", "{-# assert ", " #-}", "print ", "\u{0}", "é",
        "9223372036854775808",
    ]

    init(seed: UInt64, corpus: [[UInt8]]) {
        random = SplitMix64(seed: seed)
        self.corpus = corpus
    }

    mutating func next() -> [UInt8] {
        var bytes = corpus.randomElement(using: &random)!
        for _ in 0...random.below(4) { damage(&bytes) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let place = random.below(bytes.count + 1)
        switch random.below(8) {
        case 0 where place < bytes.count: bytes[place] = UInt8(random.below(256))
        case 1 where place < bytes.count: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(12)))
        case 2: bytes.insert(contentsOf: Array(Mutator.fragments.randomElement(using: &random)!.utf8), at: place)
        case 3:
            let other = corpus.randomElement(using: &random)!
            let start = random.below(other.count + 1)
            bytes.insert(contentsOf: other[start..<min(other.count, start + random.below(60))], at: place)
        case 4 where !bytes.isEmpty:
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            lines.swapAt(random.below(lines.count), random.below(lines.count))
            bytes = Array(lines.joined(separator: [10]))
        case 5:
            let end = min(bytes.count, place + random.below(30))
            bytes.insert(contentsOf: bytes[place..<end], at: end)
        case 6 where place < bytes.count:
            let fragment = Array(Mutator.fragments.randomElement(using: &random)!.utf8)
            bytes.replaceSubrange(place..<min(bytes.count, place + fragment.count), with: fragment)
        default:
            bytes.append(contentsOf: [10])
        }
    }
}
