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
        ("chanel c\nP = STOP", "did you mean `channel`?"), ("f x = x", "`f(x)`"), ("x = 7 mod 2", "`%`"),
        ("x = let y = 1 in y", "`within`"), ("P = Q | R", "`|~|` (internal)"), ("P = Q || R", "`P ||| Q`"),
        ("channel c : 0..3", "`{0..3}`"), ("x = [1, 2]", "`<1, 2, 3>`"), ("f(<x:xs>) = x", "`<x>^xs`"),
        ("y = x[0]", "no index"), ("x = if a then b\n\n", "test.csp:1:16"),
        ("x = let y = 1\n    z = 2\n  in y + z", "`within`"), ("datatype T = A, B", "separated by `|`"),
        ("channel c;\nP = STOP", "without `;`"), ("P = STOP;", "without `;`"), ("P == STOP", "`=` defines"),
        ("P = Q\n  R\n", "goes on with the next one"), ("P = Q [a <- b]", "`P[[a <- b]]`"),
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

    /// One error for each faulty declaration, inside of lets, modules, Timed sections and pragmas too.
    @Test func errorsInInnerDeclarationsAreToldOneByOne() {
        let (_, diagnostics) = parse(
            """
            f(x) =
              let
                a = (1
                b = 2 +
                c = 3 4
                d = let e = 1 1
                        g = )
                    within e
                h = 5
              within a b
            module M
            x = 1 1
            y = 2
            exports
            z = (3
            endmodule
            Timed {
            P = tock tock
            Q = STOP )
            R = STOP
            }
            n(x) = let a = 1
                       b = 2 2
                       c = 3 3
             within a
            {-# assert STOP [T=
                assert STOP :[deadlok free]
                assert STOP :[deadlock free] #-}
            v = let a = {1
            w = 2 2
            """)
        #expect(diagnostics.map(\.line) == [3, 5, 5, 6, 7, 10, 12, 15, 18, 19, 23, 24, 27, 27, 29, 30])
    }

    /// Whoever has read a let whose declarations are wrong has read on behind it.
    @Test func whatFollowsAFaultyLetIsRead() {
        let (tree, diagnostics) = parse("f(x) = let\n    a = 1 1\n    b = 2\n  within b\ng = 3")
        #expect(diagnostics.map(\.line) == [2])
        #expect(TreeText.of(tree).contains("g = 3"))
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
