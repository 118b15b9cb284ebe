import Testing

@testable import CSP

@Suite struct PrinterTests {
    /// Every form of expression in every place: what is printed with the fewest parentheses is read back as it was.
    @Test(arguments: 0..<40) func printedTermsAreReadBack(seed: Int) {
        var generator = TermGenerator(seed: UInt64(seed))
        for round in 0..<100 {
            let term = generator.expression(1 + round % 4)
            let text = ExpressionPrinter.print(term)
            let (tree, diagnostics) = parse("x = " + text)
            guard diagnostics.isEmpty, case .binding(_, let value)? = tree.scope.declarations.first?.kind else {
                Issue.record(
                    "seed \(seed), round \(round): \(text)\n\(diagnostics.first?.rendered() ?? "no declaration")\n\(TreeText.of(term))"
                )
                return
            }
            guard TreeText.of(value) == TreeText.of(term) else {
                Issue.record(
                    "seed \(seed), round \(round): \(text)\nwas  \(TreeText.of(term))\nread \(TreeText.of(value))")
                return
            }
        }
    }

    @Test(arguments: [
        ("(a -> P) [] (b -> Q)", "a -> P [] b -> Q"), ("a -> (P [] Q)", "a -> (P [] Q)"), ("((f)(x))", "f(x)"),
        ("(c.(x+1))", "c.x + 1"), ("(P ||| Q) \\ A", "P ||| Q \\ A"), ("-(-1)", "-(-1)"), ("{(-1)..1}", "{ -1..1}"),
        ("<(x > 2)>", "<(x > 2)>"), ("(a.b).c", "a.b.c"), ("\\ (x, y) @ x", "\\ (x, y) @ x"),
    ]) func printsFewParentheses(text: String, expected: String) {
        let (tree, diagnostics) = parse("x = " + text)
        #expect(diagnostics.isEmpty)
        guard case .binding(_, let value)? = tree.scope.declarations.first?.kind else { return }
        #expect(ExpressionPrinter.print(value) == expected)
    }
}
