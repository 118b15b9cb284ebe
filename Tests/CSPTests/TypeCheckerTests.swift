import CSP
import Testing

/// The errors of all phases up to the types.
func typeErrors(in text: String, path: String = "test.csp") -> [Diagnostic] {
    let (tree, faults) = Parser.parse(SourceFile(path: path, text: text))
    guard faults.isEmpty else { return faults }
    let named = Naming.resolve(tree)
    return named.isEmpty ? TypeChecker.check(tree).diagnostics : named
}

/// A script without errors up to the naming, typed.
func typed(_ text: String) throws -> (tree: SyntaxTree, script: TypedScript) {
    let (tree, faults) = Parser.parse(SourceFile(path: "test.csp", text: text))
    try #require(faults == [])
    try #require(Naming.resolve(tree) == [])
    return (tree, TypeChecker.check(tree))
}

@Suite struct TypeCheckerTests {
    /// The type of the last definition of a script.
    private func type(_ text: String) throws -> String {
        let (tree, script) = try typed(text)
        #expect(script.diagnostics.map(\.description) == [])
        let symbol = try #require(tree.scope.symbols.last)
        return try #require(script.type(of: symbol)).description
    }

    @Test(arguments: [
        ("f(x, y) = x == y", "Eq a => (a, a) -> Bool"),
        ("f(x)(y) = <x>^y", "(a) -> (<a>) -> <a>"),
        ("f = \\ x @ {x}", "Set a => (a) -> {a}"),
        ("f(x, y) = (x < y, {y})", "(Ord a, Set a) => (a, a) -> (Bool, {a})"),
        ("f() = 1", "() -> Int"),
        ("f = <>", "<a>"),
        ("f = {}", "Set a => {a}"),
        ("f(c, x) = c.x -> STOP", "(a => Event, a) -> Proc"),
        ("f(c) = c?x -> STOP", "Complete a => (a => Event) -> Proc"),
        ("f(c) = {| c |}", "Yieldable b => (a =>* b) -> {b}"),
        ("f(c) = STOP \\ {| c |}", "(a =>* Event) -> Proc"),
        ("f(c, d) = STOP[[c <- d]]", "(a =>* Event, a =>* Event) -> Proc"),
        ("f(x.y) = y", "(a.b) -> b"),
        ("f(m) = mapLookup(m, 1)", "((| Int => a |)) -> a"),
        ("datatype T = A | B.Int.Bool\nf = B.1", "Bool => T"),
        ("datatype T = A | B.Int.Bool\nf(B.x) = x", "(T) -> Int.Bool"),
        ("datatype T = A | B.Int.Bool\nf = T", "{T}"),
        ("channel c : {0..1}.Bool\nf = c", "Int => Bool => Event"),
        ("channel c : {0..1}.Bool\nf = extensions(c.0)", "{Bool}"),
        ("nametype f = {0..1}.Bool", "{Int.Bool}"),
        ("f = union", "Set a => ({a}, {a}) -> {a}"),
        ("f(x) = g(x)\ng(x) = f(x)", "(a) -> b"),
        ("f(P) = P ||| f(P)", "(Proc) -> Proc"),
        ("f = \"a\"^<'b'>", "<Char>"),
        ("module M(x)\nexports\n  y = <x>\nendmodule\ninstance I = M(1)\nf = I::y", "<Int>"),
    ])
    func infers(_ text: String, _ expected: String) throws {
        let found = try type(text)
        #expect(found == expected)
    }

    @Test func everyExpressionHasAType() throws {
        let (tree, script) = try typed(
            """
            channel c, d : {0..2}.Bool
            P(n, s) = n > 0 & c?x?b:{true} -> (if b then P(n - 1, <x>^s) else STOP \\ {| d.y | y <- set(s) |})
            Q = let f(z) = #z within P(f(<1, 2>), <>)[[c <- d]] [| {| c.0 |} |] (; x : <0, 1> @ d.x!true -> SKIP)
            assert Q [T= P(1, <>)
            """)
        #expect(script.isWellTyped)
        for expression in tree.expressions { #expect(script.type(of: expression) != nil) }
        for pattern in tree.patterns { #expect(script.type(of: pattern) != nil) }
    }

    @Test func tellsProcessesFromOtherValues() throws {
        let (tree, script) = try typed("channel a\nP = STOP\nQ(x)(y) = a -> P\nf(x) = x + 1\ns = {P}\ng(x) = x")
        let processes = tree.scope.symbols.filter(script.isProcess).map(\.name)
        #expect(processes == ["P", "Q"])
    }

    @Test func whatFollowsFromAnErrorIsNotReported() throws {
        let (_, script) = try typed(
            """
            f(x) = x + true
            g(y) = f(y, y) and f(1)
            h = <g(1), f(2)>^{f(3)}
            """)
        #expect(script.diagnostics.map(\.line) == [1, 3])
        #expect(!script.isWellTyped)
    }

    @Test func anErrorInAModuleIsReportedOnce() throws {
        let (_, script) = try typed(
            "module M(x)\nexports\n  y = 1 + true\nendmodule\ninstance A = M(1)\ninstance B = M(2)")
        #expect(script.diagnostics.map(\.line) == [3])
    }

    @Test func anErrorOfOneInstanceNamesIt() throws {
        let (_, script) = try typed(
            "module M(x)\nexports\n  channel y : x\nendmodule\ninstance A = M({1})\ninstance B = M({})")
        let error = try #require(script.diagnostics.first)
        #expect(script.diagnostics.count == 1)
        #expect(
            error.notes.contains { $0.message == "in the instance B of the module M" && $0.excerpt?.location.line == 6 }
        )
    }

    @Test func aPrefixThatDoesNotFitTellsWhereItsChannelIsDeclared() throws {
        let (_, script) = try typed("channel c : {0..1}.Bool\nP = c!true?x -> STOP")
        let error = try #require(script.diagnostics.first)
        #expect(script.diagnostics.count == 1)
        #expect(error.message == "this field of c has the type Bool, but Int is needed")
        #expect(error.column == 6)
        #expect(error.notes.last?.message == "c is declared here, with the fields Int.Bool")
        #expect(error.notes.last?.excerpt?.location.line == 1)
    }

    @Test func aConstraintThatIsMissingIsExplained() throws {
        let (_, script) = try typed("datatype T = A.Int | B.{STOP}\nf = (A.1) == (A.2)")
        let error = try #require(script.diagnostics.first)
        #expect(error.message == "the left operand of `==` has the type T, which does not have the constraint Eq")
        #expect(error.notes.map(\.message) == ["B has a field of the type Proc, whose values cannot be compared"])
    }

    @Test func expressionsAreTypedInTheScopeOfTheScript() throws {
        let (tree, script) = try typed("channel c : {0..2}\nid(x) = x\nP = c.0 -> STOP")
        func check(_ text: String) throws -> (type: CSPMType, diagnostics: [Diagnostic]) {
            let expression = try #require(Parser.parseExpression(text, in: tree).expression)
            try #require(Naming.resolve(expression, in: tree) == [])
            let result = script.check(expression)
            #expect(script.isProcess(expression) == (result.type.description == "Proc"))
            return result
        }
        let right = [
            "id(P)": "Proc", "c.1": "Event", "{x + 1 | x <- {0..2}}": "{Int}", "\\ x @ x": "(a) -> a",
            "c?y -> P": "Proc",
        ]
        for (text, type) in right.sorted(by: { $0.key < $1.key }) {
            let result = try check(text)
            #expect(result.type.description == type)
            #expect(result.diagnostics == [])
        }
        #expect(
            try check("id(1) + P").diagnostics.map(\.message) == [
                "the right operand of `+` has the type Proc, but Int is needed"
            ])
        #expect(try check("P ||| id(STOP)").diagnostics == [])
    }

    /// Definitions in a chain, and one group of many that use each other.
    @Test func manyDefinitionsAreTyped() throws {
        let count = 1_000
        var chain = "channel c : {0..1}\nP0(x) = c.x -> STOP\n"
        var ring = ""
        for n in 1...count {
            chain += "P\(n)(x) = c?y -> (if x == y then P\(n - 1)(x) else c!y -> P\(n - 1)(y))\n"
            ring += "Q\(n) = c.0 -> Q\(n % count + 1) [] c?x -> P\(n)(x)\n"
        }
        let (_, script) = try typed(chain + ring)
        #expect(script.diagnostics == [])
    }

    @Test func deepNestingEndsInATypeOrInAnError() throws {
        let deep = 10_000
        let (_, sum) = try typed(
            "x = " + String(repeating: "(1 + ", count: deep) + "1" + String(repeating: ")", count: deep))
        #expect(sum.diagnostics == [])
        let (_, sets) = try typed("x = " + String(repeating: "{", count: deep) + String(repeating: "}", count: deep))
        #expect(sets.diagnostics.count <= 1)
    }

    /// Types that double with each definition, in each of the ways there are to build on a definition.
    @Test(arguments: [
        (0..<60).map { "x\($0 + 1) = (x\($0), x\($0))" },
        (0..<60).map { "x\($0 + 1)(y) = x\($0)((y, y))" },
        ["y = let\n" + (0..<60).map { "x\($0 + 1) = (x\($0), x\($0))" }.joined(separator: "\n") + "\nwithin x60"],
        ["y = " + String(repeating: "(\\ z @ (z, z))(", count: 60) + "1" + String(repeating: ")", count: 60)],
    ])
    func typesThatGrowWithoutBoundEndInOneError(_ lines: [String]) throws {
        let start = lines.count > 1 && lines[0].contains("(y)") ? "x0(y) = y" : "x0 = 1"
        let (_, script) = try typed(([start] + lines).joined(separator: "\n"))
        #expect(script.diagnostics.count == 1)
    }
}
