import CSP
import Foundation
import Testing

/// What holds of every script.
@Suite struct TypeCheckerPropertyTests {
    private static func text(_ script: String) throws -> String {
        let file = TypeCheckerFileTests.folder.appending(path: "should_pass/\(script)")
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// The printed type of each name that the script defines.
    private func types(_ text: String) throws -> [String: String] {
        let (tree, script) = try typed(text)
        #expect(script.diagnostics.map(\.description) == [])
        var types: [String: String] = [:]
        for symbol in tree.scope.symbols { types[symbol.name] = script.type(of: symbol)?.description }
        return types
    }

    @Test(arguments: try TypeCheckerFileTests.scripts("should_pass"))
    func theOrderOfDeclarationsDoesNotMatter(_ script: String) throws {
        let original = try Self.text(script)
        let expected = try types(original)
        let (tree, _) = Parser.parse(SourceFile(path: script, text: original))
        var declarations = tree.scope.declarations.map { tree.sources.text(of: $0.range) }
        var random = SplitMix64(seed: 7)
        for _ in 0..<5 {
            declarations.shuffle(using: &random)
            let found = try types(declarations.joined(separator: "\n\n") + "\n")
            #expect(found == expected)
        }
    }

    /// Words of a script are exchanged, lost and doubled. Whatever comes out is typed or refused.
    @Test(arguments: try TypeCheckerFileTests.scripts("should_pass"))
    func anyWordsEndInTypesOrErrors(_ script: String) throws {
        let lines = try Self.text(script).split(separator: "\n", omittingEmptySubsequences: false)
        var random = SplitMix64(seed: 11)
        var reached = 0
        for _ in 0..<60 {
            let words = lines.map { $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init) }
            var changed = words
            let all = words.joined().filter { !$0.isEmpty }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let line = Int.random(in: 0..<changed.count, using: &random)
                guard let position = changed[line].indices.randomElement(using: &random) else { continue }
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[line].remove(at: position)
                case 1: changed[line].insert(changed[line][position], at: position)
                default: changed[line][position] = all.randomElement(using: &random)!
                }
            }
            let text = changed.map { $0.joined(separator: " ") }.joined(separator: "\n")
            if typeErrors(in: text).allSatisfy({ $0.phase == .type }) { reached += 1 }
        }
        // The words are exchanged so that many of the scripts get past the parser.
        #expect(reached > 0)
    }
}
