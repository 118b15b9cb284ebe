import Testing

@testable import CSP

/// Errors that teach: where, what was expected, and what the author may have meant.
@Suite struct ParseErrorTests {
    @Test(arguments: [
        ("x = if y = 1 then 2 else 3", "`==`"), ("x = a && b", "`and`"), ("// comment", "comments are"),
        ("x = !a", "`not`"),
        ("x = a <> b", "`!=`"), ("P = Q[[ ]]", "at least one pair"), ("x = (1, 2", "`(` that is opened here"),
        ("x = {1, (2, 3}", "`(` that is opened here"), ("p :: a -> b\np(x) = x", "(a) -> b"),
        ("module M()\nexports\nendmodule", "module M"),
        ("assert P :[deadlok free]", "did you mean `deadlock free`?"), ("P = c?x:A.B -> P", "parentheses"),
        ("P = a ->\nQ = b", "ends with `->`"),
        ("x = {-1, 2}", "`{ -1`"), ("P = A [] B [] @ C", "expected"), ("x = <a | a <- s> 2>", "`!=`".dropped),
    ]) func says(text: String, advice: String) {
        let (_, diagnostics) = parse(text)
        let rendered = diagnostics.map { $0.rendered() }.joined(separator: "\n")
        #expect(rendered.contains(advice), "\(rendered)")
    }

    @Test func showsThePlace() {
        let (_, diagnostics) = parse("P = STOP\nQ = f(1, + 2)\n")
        #expect(
            diagnostics.first?.rendered()
                == """
                test.csp:2:10: error: expected an expression, found `+`
                 2 | Q = f(1, + 2)
                   |          ^
                """)
    }

    @Test func severalErrorsInOneRun() {
        let (tree, diagnostics) = parse("P = (1\nQ = 2\nR = {3\nS(x) = 4\n  T = )\nU = let V = 1\n  W 2\nX = 5")
        #expect(diagnostics.map(\.line) == [1, 3, 5, 7])
        #expect(TreeText.of(tree).contains("Q = 2"))
        #expect(TreeText.of(tree).contains("X = 5"))
    }

    @Test func theNextDeclarationIsReadWhenTheOneBeforeSoaksItsLineEnd() {
        let (tree, diagnostics) = parse("P = a ->\nQ = b -> STOP\nR = STOP")
        #expect(diagnostics.map(\.line) == [2])
        #expect(TreeText.of(tree).contains("Q = (b  -> STOP)"))
    }

    @Test func twoBackslashesAreHidingWithAWarning() {
        let (tree, diagnostics) = parse("P = Q \\\\ {|a|}")
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(TreeText.of(tree) == "P = (Q \\ (enumeratedSet a | ))")
    }

    @Test func colouredOnDemand() {
        let diagnostic = parse("x = )").diagnostics[0]
        #expect(diagnostic.rendered(coloured: true).contains("\u{1B}[1;31m"))
        #expect(!diagnostic.rendered().contains("\u{1B}"))
    }

    /// A line of a megabyte is cut around the place.
    @Test func longLinesAreCut() {
        let diagnostic = parse(
            "x = " + String(repeating: "1 + ", count: 5_000) + ") + " + String(repeating: "1 + ", count: 5_000)
        ).diagnostics[0]
        #expect(diagnostic.rendered().utf8.count < 1_000)
        #expect(diagnostic.rendered().contains("…"))
        #expect(diagnostic.column == 20_005)
    }
}

extension String {
    /// For a case whose only point is that there is an error.
    fileprivate var dropped: String { "error" }
}
