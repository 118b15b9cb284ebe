import CSP
import Testing

/// Expressions and what they print as, by subject.
@Suite struct EvaluatorTests {
    @Test(arguments: [
        ("7 / 2", "3"), ("(-7) / 2", "-4"), ("(-7) % 2", "1"), ("7 % (-2)", "-1"), ("-6 / 3", "-2"),
        ("9223372036854775807 + 1", "-9223372036854775808"), ("2 + 3 * 4", "14"), ("-2 * 3", "-6"),
        // Unary minus binds like the binary one: what it negates is the quotient.
        ("-7 / 2", "-3"), ("-7 % 2", "-1"), ("7 / -2", "-4"), ("1 - -2", "3"),
        ("1 < 2 and not 2 < 1", "true"), ("true or error(\"no\")", "true"), ("false and error(\"no\")", "false"),
        ("if 1 == 1 then 'a' else error(\"no\")", "'a'"), ("(1, true, \"ab\")", "(1, true, \"ab\")"),
        ("(\\ x, y @ x - y)(5, 3)", "2"), ("(\\ x @ \\ y @ x + y)(1)(2)", "3"),
        ("show((1, <true>))", "\"(1, <true>)\""),
    ])
    func functional(_ expression: String, _ expected: String) throws { try check(expression, expected, in: "") }

    @Test(arguments: [
        ("<1, 2>^<3>", "<1, 2, 3>"), ("#<5..9>", "5"), ("<3..1>", "<>"), ("head(tail(<1..>))", "2"),
        ("null(<0..>)", "false"),
        ("concat(<<1>, <>, <2, 3>>)", "<1, 2, 3>"), ("elem(9, <1..>)", "true"), ("elem(0, <1, 2>)", "false"),
        ("<x * y | x <- <1, 2>, y <- <x..2>, (x + y > 2)>", "<2, 4>"), ("head(<x | x <- <0..>, (x * x > 50)>)", "8"),
        ("<1..3 | true>", "<1, 2, 3>"), ("<1> <= <1, 2>", "true"), ("<2> < <3>", "false"), ("\"ab\"^\"c\"", "\"abc\""),
        ("take(4, ones)", "<1, 1, 1, 1>"), ("take(8, fibs)", "<0, 1, 1, 2, 3, 5, 8, 13>"),
        ("take(5, sieve(<2..>))", "<2, 3, 5, 7, 11>"), ("<0..>", "<0..>"), ("#<0..>", "! has no end"),
        ("seq({3, 1, 2})", "<1, 2, 3>"),
        ("head(<>)", "! head of the empty sequence"),
        ("tail(<>)", "! tail of the empty sequence"),
    ])
    func sequences(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                ones = <1>^ones
                zip(<x>^xs, <y>^ys) = <(x, y)>^zip(xs, ys)
                fibs = <0, 1>^<x + y | (x, y) <- zip(fibs, tail(fibs))>
                take(0, _) = <>
                take(n, <x>^xs) = <x>^take(n - 1, xs)
                sieve(<p>^xs) = <p>^sieve(<x | x <- xs, x % p != 0>)
                """)
    }

    /// Work must not double with each level of nesting.
    @Test(arguments: [
        ("f(", "1", ")", "1"), ("#<f(", "1", ")>", "1"), ("(\\x @ x)(", "1", ")", "1"),
        ("apply(\\x @ x, ", "1", ")", "1"),
        ("head(<1>^<", "1", ">)", "1"), ("second((1, ", "1", "))", "1"), ("first((", "1", ", 2))", "1"),
    ])
    func nested(_ opening: String, _ core: String, _ closing: String, _ expected: String) throws {
        let depth = 60
        let text = String(repeating: opening, count: depth) + core + String(repeating: closing, count: depth)
        try check(
            text, expected,
            in: """
                f(x) = x
                apply(g, x) = g(x)
                first((x, _)) = x
                second((_, y)) = y
                """)
    }

    /// The deepest that the parser lets through; releasing it takes a stack of its own.
    @Test(arguments: [("f(", ")"), ("(1, ", ")"), ("<1>^(", ")"), ("let p(x) = ", " within p(1)")])
    func nestedDeeply(_ opening: String, _ closing: String) throws {
        let depth = Int(Parser.heightMax) - 10
        let core = opening == "<1>^(" ? "<>" : "1"
        let text = String(repeating: opening, count: depth / 2) + core + String(repeating: closing, count: depth / 2)
        _ = try Script.load(text: "f(x) = x\nx = \(text)")
    }

    @Test func nestedTuples() throws {
        let depth = 60
        let text = String(repeating: "(1, ", count: depth) + "2" + String(repeating: ")", count: depth)
        let script = try Script.load(text: "t = \(text)\nunused = \(text)")
        #expect(try script.text(of: script.evaluate("t")) == text)
    }

    @Test(arguments: [
        ("f(0.1.2.3)", "((0, 1.2), (0, 1, 2), 3)"), ("g(0.1.2)", "(0, 1, 2)"),
        ("f(0.1.2.3.4)", "((0, 1.2), (0, 1, 2), 3.4)"),
        ("f(0.1.2)", "! has the type"), ("h(0.1.2.3)", "((0, 1), (0, 1), 2.3)"),
    ])
    func partsOfDottedPatternsThatAreDotted(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                f(((x.y) @@ (a.b.c)).d) = ((x, y), (a, b, c), d)
                g((x.y).z) = (x, y, z)
                h(((x.y) @@ (a.b)).rest) = ((x, y), (a, b), rest)
                """)
    }

    @Test(arguments: [
        ("{3, 1, 1}", "{1, 3}"), ("{1..0}", "{}"), ("{x % 3 | x <- {0..9}}", "{0, 1, 2}"), ("card(Set({1..4}))", "16"),
        ("Set({})", "{{}}"), ("card(Map({1, 2}, Bool))", "9"), ("member(<1, 2>, Seq({1, 2}))", "true"),
        ("member(7, {0..})", "true"), ("{0..3} <= {0..}", "true"), ("{1} < {1}", "false"),
        ("Union({{1}, {2, 3}})", "{1, 2, 3}"),
        ("Inter({})", "{}"), ("Inter({{1, 2}, {2, 3}})", "{2}"), ("diff({1..}, {1})", "{2..}"),
        ("diff({2, 4}, Int)", "{}"),
        ("inter({1, 2}, Int)", "{1, 2}"), ("union(Int, {1}) == Int", "true"), ("card({0..999999})", "1000000"),
        ("union({1..}, { -2, 0}) == union({ -2}, {0..})", "true"), ("diff(Int, {1}) == Int", "false"),
        ("diff(diff(Int, {1}), {2}) == diff(Int, {1, 2})", "true"),
        ("union({0..2}, {4..}) == diff({0..}, {3})", "! can't be decided"),
        ("{{}, {1}} == {{1}, {}}", "true"), ("{ x | (x, 1) <- {(1, 1), (2, 2)} }", "{1}"), ("card({1..})", "! no end"),
    ])
    func sets(_ expression: String, _ expected: String) throws { try check(expression, expected, in: "") }

    @Test(arguments: [
        ("(| 1 => 2, 0 => 3 |)", "(| 0 => 3, 1 => 2 |)"), ("mapLookup((| 1 => 2 |), 1)", "2"),
        ("mapLookup((| 1 => 2 |), 3)", "! 3 is no key"), ("mapFromList(<(1, 2), (1, 3)>)", "(| 1 => 3 |)"),
        ("mapUpdateMultiple(emptyMap, <(1, 2), (1, 3)>)", "(| 1 => 2 |)"), ("mapMember((| 1 => 2 |), 2)", "false"),
        ("mapToList((| 2 => true, 1 => false |))", "<(1, false), (2, true)>"),
        ("mapDelete((| 1 => 2 |), 1)", "emptyMap"),
        ("mapFromList(<(1, 0)>) < mapFromList(<(1, 1)>)", "true"), ("mapUpdate((| 1 => 2 |), 1, 5)", "(| 1 => 5 |)"),
    ])
    func maps(_ expression: String, _ expected: String) throws { try check(expression, expected, in: "") }

    @Test(arguments: [
        ("{| link.Data |} == {| link.Data.Red, link.Data.Green |}", "true"), ("card({| link |})", "10"),
        ("link.Data.Red.0.1", "link.Data.Red.0.1"),
        ("link.Data.Red.2", "! Data.Red.2 is no value of the constructor Data: its second field must be in {0..1}"),
        ("extensions(link.Data.Red)", "{0.0, 0.1, 1.0, 1.1}"), ("productions(link.Ack)", "{link.Ack.0, link.Ack.1}"),
        ("{ c | Data.c.0 <- Msg }", "{Red, Green}"), ("Warm", "{Data.Red.0, Data.Red.1, Ack}"),
        ("depth(Two.(Two.One.One).One)", "3"),
        ("split(Data.Green.1)", "(Green, 1)"), ("rest(0.1)", "1"), ("rest(0.1.2)", "1.2"), ("card(Tree)", "! no end"),
        ("{| pr |}", "{pr.(0, false), pr.(0, true)}"), ("{| nn |}", "{nn.0.3, nn.0.4}"),
        ("member(link.Ack.1, Events)", "true"),
        ("out.Data.Green.0", "! first field must be in {Data.Red.0, Ack}"), ("extensions(out.Data)", "{Red.0}"),
    ])
    func dots(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                datatype Colour = Red | Green
                datatype Msg = Data.Colour.{0..1} | Ack
                subtype Warm = Data.{Red} | Ack
                datatype Tree = One | Two.Tree.Tree
                nametype N = {0}.{3, 4}
                nametype P = ({0}, Bool)
                channel link : Msg.{0..1}
                channel nn : N
                channel pr : P
                channel out : {Data.Red.0, Ack}
                depth(One) = 1
                depth(Two.l.r) = 1 + (if depth(l) > depth(r) then depth(l) else depth(r))
                split(Data.c.n) = (c, n)
                rest(x.y) = y
                """)
    }

    @Test(arguments: ["channel bad : {0.0, 0.1, 1.0}", "datatype D = A.{ x.y | x <- {0..2}, y <- {0..2}, x < y }"])
    func fieldsOfAChannelAreAProduct(_ declaration: String) throws {
        try check("1", "! lacks some of the combinations", in: declaration)
    }

    @Test(arguments: [
        ("fact(20)", "2432902008176640000"), ("fact(-1)", "! nested too deeply"), ("sum(<0..100000>)", "5000050000"),
        ("foldr(\\ x, y @ x + y, 0, <1..100000>)", "5000050000"), ("even(100000)", "true"), ("first(1, fact(-1))", "1"),
        ("first(1, error(\"no\"))", "1"), ("s", "1"), ("t", "! defined by"), ("ends(<1, 2, 3, 4>)", "(1, <2, 3>, 4)"),
        ("single({5})", "5"), ("single({5, 6})", "-1"), ("both((1, 2))", "((1, 2), 1)"), ("curried(1)(2)(3)", "7"),
        ("twice(curried(1)(2))(3)", "15"), ("local(10)", "(55, 3, 1)"), ("f(1, 2)", "! no clause of f matches f(1,2)"),
        ("zero()", "7"), ("deepTail(100000)", "0"),
    ])
    func functions(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                fact(0) = 1
                fact(n) = n * fact(n - 1)
                sum(<>) = 0
                sum(<x>^xs) = x + sum(xs)
                foldr(f, e, <>) = e
                foldr(f, e, <x>^xs) = f(x, foldr(f, e, xs))
                even(n) = if n == 0 then true else odd(n - 1)
                odd(n) = if n == 0 then false else even(n - 1)
                first(x, _) = x
                (s, t) = (1, loop)
                loop = loop + 1
                ends(<x>^xs^<y>) = (x, xs, y)
                single({x}) = x
                single(_) = -1
                both(p @@ (x, _)) = (p, x)
                curried(x)(y)(z) = x + y * z
                twice(f) = \\ x @ f(f(x))
                local(n) = let
                    go(0) = 0
                    go(k) = k + go(k - 1)
                    (q, r) = (n / 3, n % 3)
                  within (go(n), q, r)
                f(0, x) = x
                zero() = 7
                deepTail(n) = if n == 0 then 0 else deepTail(n - 1)
                """)
    }

    /// A call in tail position takes the place of the one that makes it: loops need no stack.
    @Test(arguments: [
        ("down(20000)", "0"), ("total(20000, 0)", "200010000"), ("isEven(20000)", "true"),
        ("inner(20000)", "done"), ("some(20000)", "true"), ("foldl(\\ x, y @ x + y, 0, <1..20000>)", "200010000"),
        ("foldl(\\ x, y @ if x < y then y else x, 0, <1..20000>)", "20000"), ("last(<1..20000>)", "20000"),
        ("head(reversed(<1..20000>, <>))", "20000"), ("#reversed(<1..20000>, <>)", "20000"),
        ("same(1)", "! same(1) calls itself with the same arguments"), ("fail(50)", "! in fail(0)"),
        ("fail(50)", "! in fail(50)"),
    ])
    func loops(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                datatype D = done
                down(n) = if n == 0 then 0 else down(n - 1)
                total(0, sum) = sum
                total(n, sum) = total(n - 1, sum + n)
                isEven(0) = true
                isEven(n) = isOdd(n - 1)
                isOdd(0) = false
                isOdd(n) = isEven(n - 1)
                inner(n) = let go(k) = if k == 0 then done else let next = k - 1 within go(next) within go(n)
                some(n) = n == 0 or some(n - 1)
                foldl(f, e, <>) = e
                foldl(f, e, <x>^xs) = foldl(f, f(e, x), xs)
                last(<x>) = x
                last(<_>^xs) = last(xs)
                reversed(<>, ys) = ys
                reversed(<x>^xs, ys) = reversed(xs, <x>^ys)
                same(x) = same(x)
                fail(n) = if n == 0 then head(<>) else fail(n - 1)
                """)
    }

    /// An error names the outermost calls and the innermost one, and not those whose places others took.
    @Test func callsInTailPositionAreNotKept() throws {
        let script = try Script.load(text: "fail(n) = if n == 0 then head(<>) else fail(n - 1)")
        #expect {
            try script.evaluate("fail(50)")
        } throws: { error in
            let text = "\(error)"
            return text.contains("in fail(0)") && text.contains("in fail(50)") && !text.contains("in fail(1)\n")
        }
    }

    /// Sequences that share a buffer stay apart, at whichever end they grow.
    @Test(arguments: [
        ("(b, c, d, e)", "(<0, 1, 2, 3>, <9, 1, 2, 3>, <5, 0, 1, 2, 3>, <6, 0, 1, 2, 3>)"),
        ("(f, g, h)", "(<0, 1, 2, 3, 7>, <8, 0, 1, 2, 3>, <4, 8, 0, 1, 2, 3, 7>)"),
        ("(tail(b)^<7>, <7>^tail(b), b)", "(<1, 2, 3, 7>, <7, 1, 2, 3>, <0, 1, 2, 3>)"),
        ("<1, 2>^(<3, 4, 5>^<6>)^<7, 8, 9>", "<1, 2, 3, 4, 5, 6, 7, 8, 9>"), ("b^b", "<0, 1, 2, 3, 0, 1, 2, 3>"),
    ])
    func sharedSequences(_ expression: String, _ expected: String) throws {
        try check(
            expression, expected,
            in: """
                a = <1, 2, 3>
                b = <0>^a
                c = <9>^a
                d = <5>^b
                e = <6>^b
                f = b^<7>
                g = <8>^b
                h = <4>^(g^<7>)
                """)
    }

    @Test(arguments: [
        ("I::value", "5"), ("J::value", "7"), ("card({| I::m |})", "3"),
        ("J::T", "{J::A.0, J::A.1, J::A.2, J::A.3, J::B}"),
        ("shown", "6"), ("I::loop", "I::m.0 -> I::loop [] I::m.1 -> I::loop [] I::m.2 -> I::loop"),
        ("Plain::shown", "6"),
    ])
    func modules(_ expression: String, _ expected: String) throws {
        let script = """
            module M(k)
              twice = k * 2
            exports
              channel m : {0..k}
              datatype T = A.{0..k} | B
              value = twice + 1
              loop = m?x -> loop
            endmodule
            instance I = M(2)
            instance J = M(3)
            module Plain
              hidden = 5
            exports
              shown = hidden + 1
            endmodule
            shown = Plain::shown
            """
        try check(expression, expected, in: script)
    }
}

/// Evaluates; an expectation that begins with `!` is part of an error's message.
func check(
    _ expression: String, _ expected: String, in script: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) throws {
    let script = try Script.load(text: script)
    do {
        let text = try script.text(of: try script.evaluate(expression))
        #expect(text == expected, sourceLocation: sourceLocation)
    } catch {
        let message = "\(error)"
        guard expected.hasPrefix("!") else { throw error }
        #expect(message.contains(expected.dropFirst().drop { $0 == " " }), "\(message)", sourceLocation: sourceLocation)
    }
}
