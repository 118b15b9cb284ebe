import Testing

@testable import CSP

@Suite struct LexerTests {
    private func kinds(_ text: String) -> [TokenKind] {
        var lexer = Lexer(sources: SourceMap())
        lexer.read(SourceFile(path: "test.csp", text: text))
        return lexer.tokens.map(\.kind)
    }

    private func messages(_ bytes: [UInt8]) -> [String] {
        var lexer = Lexer(sources: SourceMap())
        lexer.read(SourceFile(path: "test.csp", bytes: bytes))
        return lexer.diagnostics.map(\.message)
    }

    // MARK: Line ends

    /// Tokens that soak line ends on both sides, on one, or on none, as FDR's lexer has them.
    @Test(arguments: [
        ("P = a\n  -> b", true), ("P = a ->\n b", true), ("f\n(x) = 1", false), ("x = 1 -\n 2", true),
        ("x = 1\n - 2", false),
        ("x = a\n < b", false), ("x = a <\n b", true), ("P = Q\n[] R", true), ("x = f(1,\n2)", true),
        ("x = f(\n1)", true),
        ("x = f(1\n)", true), ("x = (a\nb)", false), ("x = if a\nthen b\nelse c", true), ("channel\nc", true),
        ("channel c:\n    {0}", true), ("x =\n1", true), ("x = a\n# b", false), ("x = #\nb", true),
        ("x = P\n[[a <- b]]", true),
        ("x = <\n1>", true), ("x = <1\n>", true), ("P = Q\n\\ A", true), ("P = Q\n;\nR", true), ("x = {1}\n{2}", false),
    ]) func lineEndsNextToOperatorsSeparateNothing(text: String, isSoaked: Bool) {
        let inner = kinds(text).dropLast(2)
        #expect(inner.contains(.newline) == !isSoaked)
    }

    @Test func aBlockCommentSwallowsTheLineEndsBeforeIt() {
        #expect(kinds("x = y\n{- c -} z").dropLast(2).contains(.newline) == false)
        #expect(kinds("x = y {- c -}\nz").dropLast(2).contains(.newline))
        #expect(kinds("x = 1 -- c\ny = 2").count { $0 == .newline } == 2)
    }

    @Test func commentsNest() {
        #expect(kinds("{- a {- b -} c -} x") == [.identifier, .newline, .endOfFile])
        #expect(messages(Array("x = 1 {- a {- b -}".utf8)).first?.contains("unclosed comment") == true)
    }

    @Test func windowsLineEndsAndOtherEncodings() {
        #expect(kinds("x = 1\r\ny = 2\r\n") == kinds("x = 1\ny = 2\n"))
        #expect(
            messages(Array("-- ".utf8) + [0x91, 0xE9] + Array("\nx = \"".utf8) + [0xE9] + Array("\"".utf8)).isEmpty)
        #expect(messages([0xEF, 0xBB, 0xBF] + Array("x = 1".utf8)).isEmpty)
        #expect(messages([0xFF, 0xFE, 0x78, 0]).first?.contains("UTF-16") == true)
        #expect(messages(Array("{\\rtf1 x}".utf8)).first?.contains("Rich Text") == true)
    }

    // MARK: Symbols

    @Test(arguments: [
        ("<>", [TokenKind.emptySequence]), ("<  \t>", [.emptySequence]), ("<->", [.tie]), ("< -", [.less, .minus]),
        ("(|||", [.leftParenthesis, .interleave]), ("(| ", [.leftMap]),
        ("{|c|}", [.leftPipeBrace, .identifier, .rightPipeBrace]),
        ("[T=", [.refines]), ("[FD=", [.refines]), ("[T==", [.leftBracket, .identifier, .equal]),
        ("M::N::x'", [.qualifiedName]), ("f :: Int", [.identifier, .doubleColon, .identifier]),
        ("=>*", [.doubleArrowStar]), ("x''", [.identifier]), ("endmodule'", [.identifier]), ("unionX", [.identifier]),
        ("/+", [.leftSlashPlus]), ("+\\", [.rightPlusSlash]), ("|\\", [.project]), ("|>", [.exceptionClose]),
        ("1..2", [.integer, .doubleDot, .integer]),
        (
            ":[deadlock free [F]]:",
            [.propertyOpen, .identifier, .identifier, .leftBracket, .identifier, .rightBracket, .propertyClose]
        ),
        ("'\\''", [.character]), ("\"a\\\"b\"", [.string]), ("'é'", [.character]),
    ]) func symbols(text: String, expected: [TokenKind]) {
        #expect(Array(kinds(text).dropLast(2)) == expected)
    }

    @Test(arguments: [
        "x = \u{1}", "x = ~", "x = 'ab'", "x = \"open", "x = 99999999999999999999", "x = é", "x = {-1, 2}",
    ])
    func faultsAreReported(text: String) {
        #expect(!messages(Array(text.utf8)).isEmpty)
    }

    // MARK: Includes

    @Test func anIncludeBringsItsTokensBetweenLineEnds() {
        let (tree, diagnostics) = parse("include \"b.csp\"  -- why\nx = y", files: ["b.csp": "y = 1"])
        #expect(diagnostics.isEmpty)
        #expect(TreeText.of(tree) == "include b.csp\ny = 1\nx = y")
        let split = parse("x = 1 +\ninclude \"b.csp\"", files: ["b.csp": "2"])
        #expect(!split.diagnostics.isEmpty)
    }

    @Test func includesThatNeverEndAreRefused() {
        let own = parse("include \"test.csp\"", files: ["test.csp": "include \"test.csp\""])
        #expect(own.diagnostics.map(\.message).contains { $0.contains("includes itself") })
        let pair = parse("include \"b.csp\"", files: ["b.csp": "include \"c.csp\"", "c.csp": "include \"b.csp\""])
        #expect(pair.diagnostics.first?.path == "c.csp")
        let missing = parse("\n include \"nowhere.csp\"")
        #expect(missing.diagnostics.map(\.line) == [2])
    }

    @Test(arguments: ["include b.csp", "include\n\nP = Q", "include \"b.csp", "include b.csp\"", "include \"\""])
    func malformedIncludesAreRefused(text: String) {
        #expect(!parse(text, files: ["b.csp": "y = 1"]).diagnostics.isEmpty)
    }
}
