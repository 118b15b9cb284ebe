import Testing

@testable import CSP

@Suite struct FormatterTests {
    private func format(_ text: String) -> String? {
        Formatter.format(SourceFile(path: "test.csp", text: text)).text.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Canonical texts: each is its own layout.
    static let canonical = [
        "P = a -> b -> STOP\n",
        "SIZE = 2  -- of the pool\nJOBS = {0..1}\n",
        "P(x) =\n  a?y:S!x -> Q\n  [] b.x ->\n    R\n  [] c$z -> P(x - 1)\n",
        "f(n) =\n  let\n    x = n + 1\n    g(y) = y * -x\n  within g(n)\n",
        "P = let x = 1 within c.x -> STOP\n",
        "f(x) =\n  if x == 1 then <1, 2> ^ <x..>\n  else if x < 2 then <>\n  else <y | y <- s, (y > 2)>\n",
        "channel a, b\n\nTimed (OneStep) {\n  P = a -> P\n\n  Timed {\n    Q = STOP [+ {a} +] STOP\n  }\n}\n\nR = P\n",
        "module M(x)\n\n  y = 1\n\nexports\n  z = x + y\nendmodule\n\ninstance I = M(1)\n",
        "assert not P :[starvation free [WF]]: {(a.j, b.j) | j <- J}\nassert P [T= Q :[tau priority over]: {tock}\n",
        "{-# assert P :[deadlock free [F]] #-}\n",
        "S = {| a, b |}\nT = { -1..1}\nM = (| 0 => 1 |)\nP = Q[[a <- b]] [| S |] R \\ {a}\n",
        "{- one\n   two -}\nP = STOP {- three -} [] STOP\n",
        "f :: (Eq a, Set b) => (a, <b>) -> {a}\nf(x, _) = {x}\n",
        "P = || i : {0..1} @ [A(i)] Q(i)\nR = [] x : S, y <- T, x != y @ c.x.y -> STOP\n",
        "f = \\ x, y @ x ^ <#y>\n\ng(<x> ^ xs) = not x\n",
        "",
    ]

    @Test(arguments: canonical) func canonicalTextStays(text: String) {
        #expect(format(text) == text)
    }

    @Test(arguments: [
        ("P=a->STOP[]b->STOP", "P = a -> STOP [] b -> STOP\n"),
        ("\n\n\nx   =  1\n\n\n\ny=2   \n\n", "x = 1\n\ny = 2\n"),
        ("f( x,y )=(x  , y)", "f(x, y) = (x, y)\n"), ("P = c ? x : S ! y -> STOP", "P = c?x:S!y -> STOP\n"),
        ("x=<1,2>^<  >", "x = <1, 2> ^ <>\n"), ("x = { -1 , - 2}", "x = { -1, -2}\n"),
        ("a=1 -- b\nccc=2--d", "a = 1    -- b\nccc = 2  --d\n"),
        ("P = let x=1\n y=2 within x", "P = let\n    x = 1\n    y = 2 within x\n"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        ("\tx = a\t.\tb", "x = a.b\n"), ("assert P:[deadlock free[F]]", "assert P :[deadlock free [F]]\n"),
        ("P = Q \\\\ A", "P = Q \\ A\n"),
    ]) func laysOut(text: String, expected: String) {
        #expect(format(text) == expected)
    }

    @Test func keepsBytesOfOtherEncodings() {
        let bytes = Array("x  = 1 -- caf".utf8) + [0xE9, 10]
        #expect(
            Formatter.format(SourceFile(path: "test.csp", bytes: bytes)).text == Array("x = 1  -- caf".utf8) + [
                0xE9, 10,
            ])
    }

    @Test func aFileWithErrorsStays() {
        let (text, diagnostics) = Formatter.format(SourceFile(path: "test.csp", text: "x = ("))
        #expect(text == nil)
        #expect(!diagnostics.isEmpty)
    }

    /// Random terms under random blanks, line ends and comments: what is laid out means the same, and is laid out already.
    @Test(arguments: 0..<20) func meaningStays(seed: Int) {
        var generator = TermGenerator(seed: UInt64(1_000 + seed))
        var random = SplitMix64(seed: UInt64(seed))
        for round in 0..<20 {
            let term = ExpressionPrinter.print(generator.expression(1 + round % 4))
            let noisy = "x = " + disturbed(term, &random) + "\n-- end\ny = 1"
            let (tree, faults) = parse(noisy)
            guard faults.isEmpty, let once = format(noisy) else {
                Issue.record("seed \(seed), round \(round): \(noisy)\n\(faults.first?.rendered() ?? "not laid out")")
                return
            }
            guard TreeText.of(parse(once).tree) == TreeText.of(tree), format(once) == once else {
                Issue.record("seed \(seed), round \(round):\n\(noisy)\n----\n\(once)\n----\n\(format(once) ?? "")")
                return
            }
        }
    }

    /// Blanks become other blanks, line ends where they are soaked, and comments.
    private func disturbed(_ term: String, _ random: inout SplitMix64) -> String {
        var lexer = Lexer(sources: SourceMap())
        lexer.read(SourceFile(path: "term", text: term))
        var text = ""
        var end = 0
        let file = lexer.sources.files[0]
        for (index, token) in lexer.tokens.enumerated() where token.kind != .endOfFile {
            let gap = file.text(end..<Int(token.start))
            let previous = index > 0 ? lexer.tokens[index - 1].kind : .newline
            if gap.isEmpty || gap.contains("\n") || previous == .newline {
                text += gap
            } else {
                switch random.below(8) {
                case 0: text += "   "
                case 1 where previous.soaksAfter: text += " -- note\n\t "
                case 2 where previous.soaksAfter: text += "\n\n  "
                case 3: text += " {- c -} "
                default: text += gap
                }
            }
            text += file.text(token.range.bytes)
            end = Int(token.end)
        }
        return text
    }
}
