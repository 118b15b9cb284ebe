import Testing

@testable import CSP

@Suite struct NamingTests {
    private func resolve(_ text: String, files: [String: String] = [:]) -> (tree: SyntaxTree, diagnostics: [Diagnostic])
    {
        let (tree, diagnostics) = parse(text, files: files)
        return (tree, diagnostics.isEmpty ? Naming.resolve(tree) : diagnostics)
    }

    @Test(arguments: [
        "P = a -> P\nchannel a", "f(x) = x\nf(y) = y", "union = 2\nx = 2 + union", "P = let union = 2 within union",
        "(s, t) = (t, s)",
        "x = 1\nf(x) = x", "channel a\nf(a) = 1\nf(b) = 2", "datatype T = A | B\nf(A, A) = 1", "f(x) = \\ x @ x",
        "P = {y | x <- S, y <- x}\nS = {}", "P = [] x : {1}, y : {x} @ STOP",
        "transparent normal\ntransparent normal\nP = normal(STOP)",
        "P = let external prioritise\n within prioritise(STOP, <{}>)",
        "channel tock\nTimed { P = WAIT(1); TSTOP; TSKIP; timed_priority(P) }",
        "module M\nx = 1\nexports\ny = x\nendmodule\nz = M::y",
        "module M(a)\nx = a\nexports\ny = x\nendmodule\ninstance I = M(1)\nz = I::y",
        "module M\nexports\nmodule N\nexports\nx = 1\nendmodule\nendmodule\ny = M::N::x",
        "instance I = M\nx = I::y\nmodule M\nexports\ny = 1\nendmodule",
        "module M(x)\nexports\nmodule N(y)\nexports\nz = 1\nendmodule\nendmodule\ninstance J = I::N(0)\ninstance I = M(0)\nx = J::z",
        "module M(x)\nexports\ndatatype T = A\nendmodule\ninstance I = M(0)\nf :: I::T\nf = I::A\ng(I::A) = 1",
        "P = [c.i <-> d.i] i : <0> @ STOP\nchannel c, d : {0}", "TSTOP = STOP\nP = TSTOP", "x = True and False",
        "datatype T = A.{0} | B\nsubtype S = A | B", "f :: (T) -> a\nf(x) = error(\"\")\ndatatype T = A",
    ]) func isAccepted(text: String) {
        let (tree, diagnostics) = resolve(text)
        #expect(diagnostics.isEmpty, "\(diagnostics.first?.rendered() ?? "")")
        // Everything that is used has a symbol, and symbols are dense.
        for expression in tree.expressions {
            if case .name(let name) = expression.kind { #expect(name.symbol != nil, "\(name.text)") }
        }
        for pattern in tree.patterns {
            if case .name(let name) = pattern.kind { #expect(name.symbol != nil, "\(name.text)") }
        }
        for (index, symbol) in tree.symbols.enumerated() { #expect(symbol.id == index) }
    }

    @Test(arguments: [
        ("P = Q", "not in scope"), ("P = a -> STOP", "declared by `channel a`"),
        ("counter = 1\nx = conter", "did you mean `counter`?"), ("P = stop", "did you mean `STOP`?"),
        ("P = Skip", "did you mean `SKIP`?"), ("MAXIMUM = 1\nx = maximum", "did you mean `MAXIMUM`?"),
        ("P = normal(STOP)", "transparent normal"),
        ("P = prioritise(STOP, <>)", "external prioritise"), ("P = WAIT(1)", "Timed sections only"),
        ("P = Skip", "`SKIP`"),
        ("transparent prioritise", "external prioritise"), ("external fast", "no external function"),
        ("f(x, x) = 1", "bound twice"),
        ("f(x)(x) = 1", "bound twice"), ("x = \\ a, a @ 1", "bound twice"),
        ("x = {1 | y <- {1}, y <- {2}}", "bound twice"),
        ("channel a\nP = a?x?x -> STOP", "bound twice"), ("channel c\nchannel c", "declared twice"),
        ("x = 1\nx = 2", "declared twice"),
        ("datatype A = B\ndatatype C = B", "declared twice"), ("f(0) = 1\ng(x) = x\nf(1) = 2", "next to each other"),
        ("x = let y = 1\ny = 2\nwithin y", "declared twice"), ("f(x) = 1\nf(x, y) = 2", "takes 2 arguments"),
        ("f(x) = 1\nf(x)(y) = 2", "then 1"),
        ("f(xs^ys) = 1", "sequence pattern"), ("f({x, y}) = 1", "set pattern"),
        ("channel c\nP = c?(x @@ y) -> P", "`@@`"),
        ("channel c : {0}.{0}\nP = c?x$y -> P", "`$`"), ("Timed { P = STOP }", "channel tock"),
        ("channel tock : {0}\nTimed { P = STOP }", "no fields"),
        ("module M(x)\nexports\ny = 1\nendmodule\nz = M::y", "make an instance"),
        ("module M\nx = 1\nexports\nendmodule\ny = M::x", "private"),
        ("module M\nexports\nvalue = 1\nendmodule\ny = M::valeu", "did you mean `value`?"),
        ("x = N::y", "no module `N`"),
        ("module M\nexports\nendmodule\nx = M", "is a module"), ("instance I = x\nx = 1", "not a module"),
        ("module M(x)\nexports\nendmodule\ninstance I = M(1, 2)", "1 argument"),
        (
            "module M(x)\nexports\ninstance I = N(1)\nendmodule\nmodule N(x)\nexports\ninstance J = M(1)\nendmodule",
            "instance of itself"
        ),
        ("module M(x)\nexports\ninstance I = M(1)\nendmodule", "instance of itself"),
        ("module M(x)\nexports\nendmodule\ninstance I = M(0)\ninstance J = I", "an instance, not a module"),
        ("datatype T = A\nsubtype S = x\nx = 1", "not a constructor"), ("f :: (M::T) -> a\nf(x) = 1", "not in scope"),
        ("M::x = 1\nmodule M\nexports\nx = 2\nendmodule", "qualified"),
        ("channel tock, c\nTimed { P = c$x -> STOP }", "Timed section"),
        ("channel tock, c\nTimed { P = STOP [c <-> c] STOP }", "linked parallel"),
        ("channel tock, c\nTimed { P = [c <-> c] i : <0> @ STOP }", "linked parallel"),
        ("P = [| A(x) |] x : {1} @ STOP\nA(x) = {}", "not in scope"),
    ]) func isRejected(text: String, message: String) {
        let rendered = resolve(text).diagnostics.map { $0.rendered() }.joined(separator: "\n")
        #expect(rendered.contains(message), "\(rendered)")
    }

    @Test func clausesInTwoFilesAreTwoDeclarations() {
        let (_, diagnostics) = resolve("f(0) = 1\ninclude \"b.csp\"", files: ["b.csp": "f(1) = 2"])
        #expect(diagnostics.first?.rendered().contains("all clauses of a function stand in one file") == true)
    }

    @Test func aNameInAPatternIsAConstantOrABinder() {
        let (tree, _) = resolve("datatype T = A\nchannel c\nf(A, b, c) = b\ng = \\ A @ 1\nh(A') = A'")
        let kinds = tree.patterns.compactMap { pattern in
            if case .name(let name) = pattern.kind { name.symbol.kind } else { nil }
        }
        #expect(kinds == [.constructor, .variable, .channel, .variable, .constructor, .variable])
    }

    @Test func eachUnknownNameIsReportedOnce() {
        #expect(resolve("a = x + x\nb = x + y").diagnostics.count == 2)
    }

    @Test func instancesHaveSymbolsOfTheirOwn() {
        let (tree, diagnostics) = resolve(
            "module M(n)\nexports\nchannel c : {0..n}\nP = c.0 -> P\nendmodule\ninstance I = M(1)\ninstance J = M(2)\nx = I::P\ny = J::P"
        )
        #expect(diagnostics.isEmpty)
        let channels = tree.symbols.filter { $0.kind == .channel }
        #expect(channels.map(\.name) == ["M::c", "I::c", "J::c"])
        let values = tree.scope.declarations.compactMap { declaration -> Symbol? in
            guard case .binding(_, let value) = declaration.kind, case .name(let name) = value.kind else { return nil }
            return name.symbol
        }
        #expect(values.map(\.name) == ["I::P", "J::P"])
        // The copy's body uses the copy's channel.
        guard case .binding(_, let body)? = values[1].declaration?.kind, case .prefix(let channel, _, _) = body.kind,
            case .dotted(let parts) = channel.kind, case .name(let name) = parts[0].kind
        else {
            Issue.record("no prefix")
            return
        }
        #expect(name.symbol === channels[2])
    }

    @Test func anInstanceSeesWhatItsModuleSees() {
        let (tree, diagnostics) = resolve(
            "v = 1\nmodule M(n)\nexports\nw = v\nendmodule\nmodule N\nv = 2\nexports\ninstance I = M(0)\nendmodule\nx = N::I::w"
        )
        #expect(diagnostics.isEmpty)
        let copy = tree.symbols.last { $0.name == "N::I::w" }
        guard case .binding(_, let body)? = copy?.declaration?.kind, case .name(let name) = body.kind else {
            Issue.record("no copy")
            return
        }
        #expect(name.symbol.name == "v")
    }

    /// An instance whose module needs it, at once or by way of others, has no beginning.
    @Test(arguments: [
        "module M(X)\nexports\ny = I::y\nendmodule\ninstance I = M(1)",
        "module M\nexports\ny = I::y\nendmodule\ninstance I = M",
        "module M(_)\nexports\ny = x\nendmodule\ninstance I = M(1)\nx = I::y",
        "module M(_)\nexports\ny = 1\nendmodule\ninstance I = M(I::y)",
        "module M(_)\nexports\ny = f(1)\nendmodule\nmodule N\nexports\ninstance I = M(1)\nendmodule\nf(n) = let g = N::I::y within g",
        "module M(_)\nexports\nchannel c : T\nendmodule\ndatatype T = A.{x | x <- S}\nS = {1 | _ <- <I::c>}\ninstance I = M(1)",
    ]) func anInstanceThatNeedsItself(text: String) {
        let rendered = resolve(text).diagnostics.map { $0.rendered() }.joined(separator: "\n")
        #expect(rendered.contains("needed to make itself"), "\(rendered)")
    }

    /// Recursion inside a module, and between a module and the file, is none of an instance's business.
    @Test(arguments: [
        "module M(n)\nexports\nf(x) = f(x - n)\ng(x) = h(x)\nh(x) = g(x)\nendmodule\ninstance I = M(1)\ny = I::f(1)",
        "module M\nexports\nf(x) = g(x)\nendmodule\ng(x) = M::f(x)\ninstance I = M\ny = I::f(1)",
        "module M(n)\nexports\nf = n\nendmodule\ninstance I = M(1)\ninstance J = M(I::f)\nx = J::f",
        "module M(n)\nexports\ndatatype T = A\nf :: T\nf = A\nendmodule\ninstance I = M(1)\ng :: I::T\ng = I::A",
        "channel tock\nmodule M(n)\nexports\nd(_) = n\nTimed (d) { P = STOP }\nendmodule\ninstance I = M(1)\nQ = I::P",
        "module N(x)\nexports\ny = x\nendmodule\nmodule M(x)\ninstance I = N(x)\nexports\nz = I::y\nendmodule\ninstance J = M(1)\nv = J::z",
    ]) func recursionIsNoCycleOfInstances(text: String) {
        let (_, diagnostics) = resolve(text)
        #expect(diagnostics.isEmpty, "\(diagnostics.first?.rendered() ?? "")")
    }

    @Test func instancesThatMultiplyAreStopped() {
        // Each module has two instances of the one before: two to the thirtieth in all.
        var text = "module M0(x)\nexports\ny = x\nendmodule\n"
        for level in 1...30 {
            text +=
                "module M\(level)(x)\nexports\ninstance A = M\(level - 1)(x)\ninstance B = M\(level - 1)(x)\nendmodule\n"
        }
        #expect(!resolve(text + "instance I = M30(0)").diagnostics.isEmpty)
    }

    @Test func annotationsBelongToTheirSymbols() {
        let (tree, _) = resolve("f :: (a) -> Int\nf(x) = let g :: Int\n g = 1\n within g\nh = 2")
        let annotated = tree.symbols.filter { $0.annotation != nil }
        #expect(annotated.map(\.name) == ["f", "g"])
        #expect(annotated.first?.annotation?.text == "(a) -> Int")
    }

    @Test func anExpressionAtThePromptSeesTheFile() {
        let (tree, _) = resolve("x = 1\nmodule M\nexports\ny = 2\nendmodule")
        let good = Parser.parseExpression("x + M::y", in: tree).expression!
        #expect(Naming.resolve(good, in: tree).isEmpty)
        let bad = Parser.parseExpression("z", in: tree).expression!
        #expect(Naming.resolve(bad, in: tree).first?.path == "<expression>")
    }
}
