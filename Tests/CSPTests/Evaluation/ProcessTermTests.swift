import CSP
import Testing

/// Process expressions and the terms that they become.
@Suite struct ProcessTermTests {
    private let script = """
        external loop, prioritise, prioritisepo, failure_watchdog, trace_watchdog
        transparent normal, lazy_compile
        channel a, b : {0..1}
        channel c, d, e
        channel t : {0..1}.Bool.{5}
        datatype X = One | Two.{0..1}
        channel x : X.{0..1}
        P(n) = a!n -> P((n + 1) % 2)
        Q = c -> Q [] d -> Q
        PAR = c -> (PAR ||| PAR)
        SELF = SELF [] c -> STOP
        ITSELF = ITSELF
        NONE = NONE |~| NONE2
        NONE2 = NONE
        (L, R) = (a.0 -> R, b.0 -> L)
        GREEDY(j) = let holding(n) = if n < 2 then a.j -> holding(n + 1) else leaving(n)
                        leaving(n) = if n > 0 then b.j -> leaving(n - 1) else GREEDY(j)
                    within holding(0)
        apply(f, n) = f(n)
        VIA(n) = c -> apply(VIA, n)
        procs = {STOP, a.0 -> STOP}
        """

    @Test(arguments: [
        ("c -> d -> STOP", "c -> d -> STOP"), ("a?n -> P(n)", "a.0 -> P(0) [] a.1 -> P(1)"),
        ("a?n:{1} -> STOP", "a.1 -> STOP"),
        ("a?n:{} -> STOP", "STOP"), ("a$n -> STOP", "a.0 -> STOP |~| a.1 -> STOP"),
        ("a$n:{} -> STOP", "! no value to choose from"),
        ("t$n?y!5 -> STOP", "t.0.false.5 -> STOP [] t.0.true.5 -> STOP |~| t.1.false.5 -> STOP [] t.1.true.5 -> STOP"),
        ("t.0?rest -> STOP", "t.0.false.5 -> STOP [] t.0.true.5 -> STOP"),
        ("x?v!0 -> STOP", "x.One.0 -> STOP [] x.Two.0.0 -> STOP [] x.Two.1.0 -> STOP"),
        ("x.Two?n?m:{1} -> STOP", "x.Two.0.1 -> STOP [] x.Two.1.1 -> STOP"),
        ("x?Two.n!0 -> a!n -> STOP", "x.Two.0.0 -> a.0 -> STOP [] x.Two.1.0 -> a.1 -> STOP"),
        ("false & c -> STOP", "STOP"), ("true & c -> STOP", "c -> STOP"), ("c -> STOP [] STOP", "c -> STOP"),
        ("c -> STOP |~| d -> STOP", "c -> STOP |~| d -> STOP"), ("c -> SKIP ; d -> STOP", "c -> SKIP ; d -> STOP"),
        ("(c -> STOP) [> STOP", "c -> STOP [> STOP"), ("(c -> STOP) /\\ STOP", "c -> STOP /\\ STOP"),
        ("STOP [| {c} |> SKIP", "STOP [| {c} |> SKIP"), ("STOP [| {| a |} |] SKIP", "STOP [| {a.0, a.1} |] SKIP"),
        ("STOP [ {c} || {d} ] SKIP", "STOP [{c} || {d}] SKIP"), ("STOP \\ {c}", "STOP \\ {c}"),
        ("STOP |\\ {c}", "STOP |\\ {c}"),
        ("STOP [+ {c} +] SKIP", "STOP [+ {c} +] SKIP"), ("STOP /+ {c} +\\ SKIP", "STOP /+ {c} +\\ SKIP"),
        ("(c -> STOP)[[c <- d, c <- e]]", "(c -> STOP)[[c <- d, c <- e]]"),
        ("STOP[[a <- b]]", "STOP[[a.0 <- b.0, a.1 <- b.1]]"),
        ("STOP[[a.i <- b.(1 - i) | i <- {0..1}, i > 0]]", "STOP[[a.1 <- b.0]]"),
        ("STOP [c <-> d] SKIP", "STOP [c <-> d] SKIP"),
        ("STOP [a <-> b, a.0 <-> b.1] SKIP", "! linked more than once"),
    ])
    func operators(_ expression: String, _ expected: String) throws {
        try check(expression, expected, in: script)
    }

    @Test(arguments: [
        ("[] i : {0, 1} @ a.i -> STOP", "a.0 -> STOP [] a.1 -> STOP"), ("[] i : {} @ a.i -> STOP", "STOP"),
        ("|~| i : {0, 1} @ a.i -> STOP", "a.0 -> STOP |~| a.1 -> STOP"),
        ("|~| i : {} @ a.i -> STOP", "! needs at least one"),
        ("||| i : {0, 1} @ P(i)", "P(0) ||| P(1)"), ("||| i : {} @ P(i)", "SKIP"),
        ("; i : <0, 1> @ a.i -> SKIP", "a.0 -> SKIP ; a.1 -> SKIP"),
        ("; i : <> @ STOP", "SKIP"), ("[| {c} |] i : {0, 1} @ P(i)", "P(0) [| {c} |] P(1)"),
        ("[| {c} |] i : {} @ P(i)", "SKIP"),
        ("|| i : {0, 1} @ [{a.i}] P(i)", "P(0) [{a.0} || {a.1}] P(1)"), ("|| i : {} @ [{a.i}] P(i)", "SKIP"),
        ("[+ {c} +] i : {0, 1} @ P(i)", "P(0) [+ {c} +] P(1)"), ("[+ {c} +] i : {} @ P(i)", "STOP"),
        ("[c <-> d] i : <0, 1, 0> @ P(i)", "P(0) [c <-> d] (P(1) [c <-> d] P(0))"),
        ("[c <-> d] i : <> @ P(i)", "! needs at least one"),
        // Each process is linked with the ones after it by its own links; the last one's are never looked at.
        ("[a.i <-> b.(1 - i)] i : <0, 1, 0> @ P(i)", "P(0) [a.0 <-> b.1] (P(1) [a.1 <-> b.0] P(0))"),
        ("[a.i <-> a.(i + 1)] i : <0, 1> @ P(i)", "P(0) [a.0 <-> a.1] P(1)"),
        ("[a.i <-> a.(i + 1)] i : <0, 1, 0> @ P(i)", "! a.2"),
        ("[] i : {0, 1}, j : {i..1}, i < 1 @ t.i.(j == 0).5 -> STOP", "t.0.true.5 -> STOP [] t.0.false.5 -> STOP"),
        ("[] p : procs @ p", "a.0 -> STOP"),
    ])
    func replicated(_ expression: String, _ expected: String) throws { try check(expression, expected, in: script) }

    @Test(arguments: [
        ("RUN({| a |})", "RUN({a.0, a.1})"), ("CHAOS({c})", "CHAOS({c})"), ("DIV", "DIV"),
        ("normal(STOP)", "normal(STOP)"), ("lazy_compile(c -> STOP, {c})", "c -> STOP"),
        ("loop(c -> SKIP)", "c -> SKIP ; loop(…)"), ("prioritise(STOP, <{c}, {d}>)", "prioritise(STOP, <{c}, {d}>)"),
        ("WEAK_BUFFER(1, c, {})", "! WEAK_BUFFER isn't supported: use BUFFER"),
        ("SIGNAL_BUFFER(1, c, d, {})", "! SIGNAL_BUFFER isn't supported: use BUFFER"),
        ("failure_watchdog(STOP, {c}, d)", "! failure_watchdog isn't supported: it turns"),
        ("trace_watchdog(STOP, {c}, d)", "! assert SPEC [T= IMPL"),
        ("prioritise(STOP, <>)", "! at least one set"), ("prioritise(STOP, <{c}, {c}>)", "! in more than one set"),
        (
            "prioritisepo(STOP, {c, d, e}, {(c, d), (d, e)}, {c})",
            "prioritisepo(STOP, {c, d, e}, {(d, c), (e, c), (e, d)}, {c})"
        ),
        ("prioritisepo(STOP, {c, d}, {(c, d), (d, c)}, {})", "! cyclic"),
        ("prioritisepo(STOP, {c}, {(c, d)}, {})", "! isn't in the set"),
        ("prioritisepo(STOP, {c, d}, {(c, d)}, {d})", "! maximal"), ("BUFFER(0, {(a.0, b.0)})", "! room"),
        ("BUFFER(1, {(a.n, b.n) | n <- {0..1}})", "a.0 -> BUFFER(1)<b.0> [] a.1 -> BUFFER(1)<b.1>"),
        ("BUFFER(1, {(a.0, b.0), (a.1, b.0)})", "! more than once"),
    ])
    func builtins(_ expression: String, _ expected: String) throws { try check(expression, expected, in: script) }

    @Test(arguments: [
        ("Q", "c -> Q [] d -> Q"), ("PAR", "c -> (PAR ||| PAR)"), ("SELF", "SELF [] c -> STOP"),
        ("NONE", "NONE |~| NONE2"), ("ITSELF", "! ITSELF is defined by its own value, so that"),
        ("L", "let X1 = a.0 -> b.0 -> X1 within X1"), ("GREEDY(1)", "a.1 -> holding(1)"), ("VIA(0)", "c -> VIA(0)"),
    ])
    func recursion(_ expression: String, _ expected: String) throws { try check(expression, expected, in: script) }

    /// The same state, however it is reached, is the same object.
    @Test func statesAreShared() throws {
        let script = try Script.load(text: script)
        func process(_ text: String) throws -> Process {
            guard case .process(let process) = try script.evaluate(text) else { throw Unexpected() }
            return process
        }
        #expect(try process("P(0)") === process("P(1 - 1)"))
        #expect(try process("P(0)") !== process("P(1)"))
        #expect(try process("c -> d -> STOP") === process("c -> d -> STOP"))
        #expect(try process("a?n -> STOP") === process("[] n : {0..1} @ a.n -> STOP"))
        #expect(try reachable(from: process("P(0)"), in: script.store) == 2)
        // GREEDY(0), holding(1), holding(2), leaving(1), leaving(0): the others are heads of these.
        #expect(try reachable(from: process("GREEDY(0)"), in: script.store) == 5)
        #expect(try reachable(from: process("GREEDY(0)"), in: script.store) == 5)
    }

    private struct Unexpected: Error {}

    /// How many terms are reached by unfolding everything.
    private func reachable(from start: Process, in store: ProcessStore) throws -> Int {
        var seen: Set<Process> = [start]
        var pending = [start]
        while let process = pending.popLast() {
            for operand in try store.unfold(process).operands where seen.insert(operand).inserted {
                pending.append(operand)
            }
        }
        return seen.count
    }

    @Test func longChainsOfTermsAreFreed() throws {
        let store = ProcessStore()
        let a = store.event("a")
        var process = store.stop
        for _ in 0..<200_000 { process = store.prefix(a, process) }
        #expect(store.processCount == 200_003)
    }

    @Test func processDefinedAsItself() throws {
        let store = ProcessStore()
        var first: Process?
        let second = store.call(named: "Q") { first ?? store.stop }
        first = store.call(named: "P") { second }
        #expect { try store.unfold(second) } throws: { "\($0)".contains("Q is defined as itself") }
    }

    @Test func eventsHaveNames() throws {
        let script = try Script.load(text: script)
        guard case .process(let process) = try script.evaluate("t.1.true.5 -> STOP"),
            case .prefix(let event, _) = process.term
        else {
            throw Unexpected()
        }
        #expect(script.store.name(of: event) == "t.1.true.5")
        #expect(script.store.channel(of: event) == "t")
        #expect(script.store.findEvent(named: "t.1.true.5") == event)
        #expect(script.store.findEvent(named: "t.0.true.5") == nil)
    }
}

@Suite struct TimedSectionTests {
    private let script = """
        channel tock, a, b
        twoOrThree(a) = 2
        twoOrThree(b) = 3
        Timed {
          P = a -> P
          S = STOP
          K = SKIP
          EC = P [] S
          IL = P ||| S
          GP = P [| {a} |] S
          IN = P /\\ S
          SE = P [+ {a} +] S
          AP = P [ {a} || {b} ] S
          NO = false & P
          EMPTY = [] x : {} @ P
          NONE = ; x : <> @ P
          W = WAIT(2)
          PR = timed_priority(P)
        }
        Timed (twoOrThree) { R = a -> b -> STOP }
        OUT = STOP [] a -> STOP
        """

    @Test(arguments: [
        ("P", "let X1 = a -> tock -> P [] tock -> X1 within X1"), ("S", "RUN({tock})"),
        ("K", "let X1 = SKIP [] tock -> X1 within X1"), ("EC", "P [+ {tock} +] S"), ("IL", "P [| {tock} |] S"),
        ("GP", "P [| {a, tock} |] S"), ("IN", "P /+ {tock} +\\ S"), ("SE", "P [+ {a, tock} +] S"),
        ("AP", "P [{a, tock} || {tock, b}] S"), ("NO", "RUN({tock})"), ("EMPTY", "RUN({tock})"),
        ("NONE", "let X1 = SKIP [] tock -> X1 within X1"),
        ("W", "tock -> tock -> (let X1 = SKIP [] tock -> X1 within X1)"),
        ("PR", "prioritise(P, <{}, {tock}>)"), ("OUT", "a -> STOP"),
        (
            "R",
            "let X2 = a -> tock -> tock -> (let X1 = b -> tock -> tock -> tock -> RUN({tock}) [] tock -> X1 within X1) [] tock -> X2 within X2"
        ),
    ])
    func desugaring(_ expression: String, _ expected: String) throws { try check(expression, expected, in: script) }

    @Test(arguments: ["P = c$x -> STOP", "P = STOP [c <-> d] STOP", "P = [c <-> d] x : <0> @ STOP"])
    func refused(_ declaration: String) throws {
        #expect { try Script.load(text: "channel tock\nchannel c, d : {0}\nTimed {\n\(declaration)\n}") } throws: {
            "\($0)".contains("inside a Timed section")
        }
    }
}
