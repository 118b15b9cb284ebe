import Testing

@testable import CSP

@Suite struct ParserTests {
    @Test(arguments: [
        "P = STOP", "f(x)(y) = x", "f() = 1", "(a, b) = c", "<x>^xs = s", "c.x = e", "x @@ y = 1",
        "f({x}, {}, _, -1, 'c', \"s\", true) = 1",
        "channel a, b", "channel c : {0..1}.Bool", "datatype T = A | B.{0}.Int | C.(Int, Bool)",
        "subtype S = A | B.{0}",
        "nametype N = {0..3}.Bool", "external prioritise, chase", "transparent normal", "print 1 + 1",
        "module M\nx = 1\nexports\ny = 2\nendmodule", "module M(x, y)\nexports\nendmodule", "instance I = M(1)",
        "instance I = M::N",
        "Timed { P = STOP }", "Timed (\\ _ @ 1) {\n P = STOP\n Timed {\n Q = P\n }\n}",
        "P = let\n x = 1\n f(y) = x\n within f(1)",
        "P = let external chase\n within P", "P = let Timed { Q = STOP }\n within Q",
        "f :: (Eq a, Set b) => (a, {b}) -> <a>\nf(x, y) = <>", "x :: (| Int => Bool |)\nx = emptyMap",
        "x :: (|Int=>Bool|)\nx = emptyMap",
        "c :: Int=>Bool=>Event\nchannel c : Int.Bool", "c, d :: Int => Event\nchannel c, d : Int", "P = 2\nP :: Int",
        "f :: a =>* b\nf = c", "f :: () -> a.b\nf() = d", "A :: Int => T\ndatatype T = A.Int",
        "assert P [T= Q", "assert not P [FD= Q", "assert P :[deadlock free]", "assert P :[ deadlock-free [F] ]",
        "assert P :[livelock free]:",
        "assert P :[deterministic [FD]]", "assert P :[has trace [T]]: <a, b.0>",
        "assert P [T= Q :[tau priority over]: {tock}",
        "assert P :[deadlock free] :[partial order reduce [hybrid]] :[tau priority]: {}",
        "assert P [RD= Q :[symmetry reduce]: S, diff(T, {x})", "assert P [T= Q :[symmetry reduce] :[tau priority]: {}",
        "assert P :[starvation free]: {(a, b)}", "assert P :[starvation free [SF {|a|}]]: {(a, b)}",
        "assert P :[overtaking bounded by n + 1 [none]]: {(a.j, b.j) | j <- J}",
        "assert P |= LTL: \"WEF => G ([submit.0] => F [start.0])\"",
        "assert P |= LTL: \"GF e(a) & not deadlock or [b] U [c] R [d] W true\"",
        "assert P |= LTL: \"G [a] <=> F [b] => [c] <=> (not [a] <=> [d])\"",
        "assert P |= LTL: \"WF(a) => X SF(b.{0})\"", "{-# assert P :[deadlock free] #-}\nx = 1",
        "x = 1 {-# assert P [T= Q\nassert P [F= Q #-}",
        "P = [] x : {0, 1}, y <- S, x != y @ c.x -> STOP", "P = ; x : <1, 2> @ Q(x)",
        "P = [a <-> b | b <- S] x : s @ P(x)",
        "P = Q [a <-> b, c.x <-> d.x | x <- S] R", "P = [+A+] x : S @ Q", "P = [|A|] x : S @ Q",
        "P = Q[[a <- b, c.x <- d.x | x <- S, x > 1]]",
        "S = {| c.x, d | x <- S |}", "S = {x, y | (x, y) <- T}", "S = {0.. | x <- S}", "S = { | x <- S}",
        "x = P [{a}||{b}] Q",
    ]) func isAccepted(text: String) {
        let (_, diagnostics) = parse(text)
        #expect(diagnostics.isEmpty, "\(diagnostics.first?.rendered() ?? "")")
    }

    @Test(arguments: [
        "P = card(inter({0}, {1})))", "module m()\nexports\nendmodule", "instance i = m()", "P = 'c''d'",
        "P(-true) = 1",
        "P = let assert STOP [T= STOP\n within P", "P = let channel c\n within 2", "P = let datatype A = B\n within 2",
        "P = let nametype N = {}\n within 2", "P = let instance I = M\n within 2",
        "P = let Timed { channel c }\n within P",
        "module M\nexports\nassert STOP [T= STOP\nendmodule", "module M\nexports\nprint 0\nendmodule",
        "Timed { print 0 }",
        "module M\nexports\nTimed { assert STOP [T= STOP }\nendmodule", "p :: a -> b\np(x) = x",
        "f :: Int\nf = 1\nf :: Int", "f :: Int",
        "f :: Eqs a => a\nf = 0", "c :: Int=>Event\nd :: Int=>Event\nchannel c, d : Int", "P = {0 | 0 <- _}", "P = _",
        "P = x @@ y",
        "assert STOP [T= STOP :[tau priority]: {} :[tau priority]: {}", "P = Q[[ ]]", "x = 1 y = 2", "P = || x:S @ P",
        "x = (1", "x = {1",
        "x = <1", "x = [| a", "assert P", "assert P :[deadlock free", "assert P :[fast]", "assert P [XX= Q",
        "assert P :[deterministic [Q]]",
        "assert P :[starvation free [none {a}]]: {}", "assert P |= CTL: \"AG x\"", "assert P |= LTL: \"G (\"",
        "assert P |= LTL: \"Y [a]\"",
        "P = Q [a || b", "P = Q [a, b] R", "channel", "datatype T", "datatype T = 1", "f(x = 1", "let x = 1",
        "x = let y = 1", "x = if a then b",
        "x = {| 0..1 |}", "x = (| 0 -> 1 |)", "P = c?x:A.B -> P", "P = [] x : A.B @ P", "P(1 + x) = 2", "x + 1 = 2",
        "endmodule", "{-# assert P [T= Q",
        "x = \\ @ 1", "x = ()", "x = a @ b", "f(x) = 1 = 2",
    ]) func isRejected(text: String) {
        let (_, diagnostics) = parse(text)
        #expect(diagnostics.contains { $0.severity == .error && ($0.phase == .parse || $0.phase == .lexical) })
    }

    @Test func clausesOfAFunctionAreOneDeclaration() {
        let (tree, _) = parse("f(0) = 1\nf(n) = 2\ng(x) = 3\nf(1)(2) = 4")
        #expect(TreeText.of(tree) == "function f (0) = 1 / (n) = 2\nfunction g (x) = 3\nfunction f (1)(2) = 4")
    }

    @Test func idsAreDenseAndOperandsComeFirst() {
        let (tree, _) = parse("P = {(x, f(y)) | (x, 1) <- S, x > 2}\nQ = \\ a, b @ c?x!y -> (P [|A|] Q)[[a <- b]]")
        for (index, expression) in tree.expressions.enumerated() { #expect(expression.id == index) }
        for (index, pattern) in tree.patterns.enumerated() { #expect(pattern.id == index) }
        for expression in tree.expressions {
            if case .binary(_, let left, let right) = expression.kind {
                #expect(left.id < expression.id && right.id < expression.id)
            }
        }
    }

    @Test func rangesCoverWhatTheyShould() {
        let (tree, _) = parse("x = f(1) + (2 * 3)")
        guard case .binding(_, let value)? = tree.scope.declarations.first?.kind,
            case .binary(_, let left, let right) = value.kind
        else {
            Issue.record("no sum")
            return
        }
        #expect(tree.sources.text(of: value.range) == "f(1) + (2 * 3)")
        #expect(tree.sources.text(of: left.range) == "f(1)")
        #expect(tree.sources.text(of: right.range) == "2 * 3")
        #expect(right.parentheses.map { tree.sources.text(of: $0) } == "(2 * 3)")
    }

    @Test func oneExpressionJoinsATree() {
        let (tree, _) = parse("x = 1")
        let count = tree.expressions.count
        let (expression, diagnostics) = Parser.parseExpression("x + 2", in: tree)
        #expect(diagnostics.isEmpty)
        #expect(expression.map { ExpressionPrinter.print($0) } == "x + 2")
        #expect(tree.expressions.count == count + 3)
        #expect(Parser.parseExpression("x +", in: tree).diagnostics.first?.phase == .parse)
        #expect(Parser.parseExpression("x y", in: tree).expression == nil)
    }

    // MARK: Hostile input

    @Test(arguments: [
        ("parentheses", "P = " + String(repeating: "(", count: 60_000)),
        ("sequences", "P = " + String(repeating: "<", count: 60_000)),
        ("prefixes", "P = " + String(repeating: "a -> ", count: 60_000) + "STOP"),
        ("sums", "P = " + String(repeating: "1 + ", count: 60_000) + "1"),
        ("lets", "P = " + String(repeating: "let x = ", count: 60_000)),
        ("patterns", "P(" + String(repeating: "(", count: 60_000)),
        ("types", "x :: " + String(repeating: "{", count: 60_000)),
        ("negations", "P = " + String(repeating: "not ", count: 60_000) + "x"),
        ("formulas", "assert P |= LTL: \"" + String(repeating: "G (", count: 60_000) + "\""),
        ("comments", String(repeating: "{-", count: 60_000)),
        ("applications", "P = f" + String(repeating: "(x)", count: 60_000)),
    ]) func deepNestingEndsInAnError(name: String, text: String) {
        let (_, diagnostics) = parse(text)
        #expect(diagnostics.contains { $0.severity == .error })
        #expect(diagnostics.count <= 40)
        #expect(diagnostics.allSatisfy { $0.rendered().utf8.count < 4_000 })
    }

    @Test func nestedComprehensionsTakeLinearTime() {
        // Each statement is tried as a pattern first: were the tries nested, this would not end.
        let depth = 500
        let text = "P = " + String(repeating: "{x | x <- ", count: depth) + "{}" + String(repeating: "}", count: depth)
        #expect(parse(text).diagnostics.isEmpty)
        let conditions =
            "P = " + String(repeating: "{x | ", count: depth) + "true" + String(repeating: "}", count: depth)
        #expect(parse(conditions).diagnostics.isEmpty)
    }
}
