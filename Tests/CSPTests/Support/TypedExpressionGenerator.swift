/// Makes random expressions that are well typed in `script`, and that may still have no value: partial functions get any
/// arguments, numbers are of any size, some sets and sequences have no end.
struct TypedExpressionGenerator {
    static let script = """
        external prioritise
        transparent normal, sbisim
        datatype D = A | B.{0..2} | C.D.Bool
        channel a, b
        channel c : {0..2}
        channel d : {0..1}.Bool
        f(0) = 1
        f(n) = n * f(n - 1)
        g(<>, s) = s
        g(<x>^xs, s) = g(xs, union(s, {x}))
        depth(C.x._) = 1 + depth(x)
        depth(_) = 0
        P(n) = c!n -> P((n + 1) % 3) [] a -> SKIP
        Q(s) = #s > 0 & d?x?y -> Q(tail(s))
        """

    enum Kind: CaseIterable { case int, bool, set, sequence, pairs, map, data, event, events, process }

    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func expression() -> String {
        make(Kind.allCases.randomElement(using: &random)!, 1 + random.below(5))
    }

    private mutating func one(_ forms: [String]) -> String { forms.randomElement(using: &random)! }

    /// Takes a form and puts expressions of their kinds in the places of the letters after `%`.
    private mutating func make(_ kind: Kind, _ depth: Int) -> String {
        let form = one(depth > 0 ? Self.inner[kind]! : Self.leaves[kind]!)
        var text = ""
        var isPlace = false
        for letter in form {
            if isPlace {
                text += Self.places[letter].map { make($0, depth - 1) } ?? String(letter)
            } else if letter != "%" {
                text.append(letter)
            }
            isPlace = letter == "%" && !isPlace
        }
        return text
    }

    private static let places: [Character: Kind] = [
        "i": .int, "b": .bool, "s": .set, "q": .sequence, "p": .pairs, "m": .map, "d": .data, "e": .event, "E": .events,
        "P": .process,
    ]

    private static let leaves: [Kind: [String]] = [
        .int: ["0", "1", "2", "(-3)", "7", "1000", "9223372036854775807"], .bool: ["true", "false"],
        .set: ["{}", "{1}", "{0..3}", "{2..}", "Int", "{3..1}"],
        .sequence: ["<>", "<1, 2>", "<0..>", "<5..2>", "<1..4>"],
        .pairs: ["<>", "<(1, 2)>", "<(0, 1), (1, 0)>"], .map: ["emptyMap", "(| 1 => 2 |)"],
        .data: ["A", "B.1", "C.A.true", "C.(B.0).false"], .event: ["a", "b", "c.1", "d.0.true"],
        .events: ["{}", "{| c |}", "{a, b}", "Events"], .process: ["STOP", "SKIP", "DIV", "P(0)", "Q(<1>)"],
    ]

    private static let inner: [Kind: [String]] = [
        .int: [
            "(%i + %i)", "(%i - %i)", "(%i * %i)", "(%i / %i)", "(%i %% %i)", "(-%i)", "#%q", "card(%s)", "head(%q)",
            "f(%i)",
            "(if %b then %i else %i)", "mapLookup(%m, %i)", "(\\ x @ x + %i)(%i)", "(let y = %i within y + y)",
            "depth(%d)",
            "error(\"no\")", "card(Set(%s))", "card(%E)", "length(%q)",
        ],
        .bool: [
            "(%i == %i)", "(%i < %i)", "(%s == %s)", "(%s <= %s)", "(%q == %q)", "(%q < %q)", "(not %b)", "(%b and %b)",
            "(%b or %b)", "member(%i, %s)", "null(%q)", "elem(%i, %q)", "empty(%s)", "mapMember(%m, %i)", "(%m == %m)",
            "(%d == %d)", "((%e) == (%e))", "member(%e, %E)", "member(%q, Seq(%s))", "((%i, %s) < (%i, %s))",
            "(%m <= %m)",
        ],
        .set: [
            "union(%s, %s)", "inter(%s, %s)", "diff(%s, %s)", "{%i, %i}", "{%i..%i}", "{ x + %i | x <- %s, x < %i }",
            "set(%q)", "Union({%s, %s})", "Inter({%s, %s})", "g(%q, %s)", "{ k | (k, _) <- set(%p) }",
            "(if %b then %s else %s)",
            "extensions(c)", "Union(Set(%s))", "{ %i | %b }",
        ],
        .sequence: [
            "(%q^%q)", "<%i, %i>", "<%i..%i>", "<%i..>", "tail(%q)", "< x - %i | x <- %q, (x > %i) >", "seq(%s)",
            "concat(<%q, %q>)", "(if %b then %q else %q)", "< v | (_, v) <- %p >", "(let xs = <%i>^xs within xs)",
        ],
        .pairs: ["<(%i, %i)>", "(%p^%p)", "< (x, x * %i) | x <- %q >", "mapToList(%m)", "tail(%p)"],
        .map: ["mapUpdate(%m, %i, %i)", "mapDelete(%m, %i)", "mapFromList(%p)", "mapUpdateMultiple(%m, %p)"],
        .data: ["(C.(%d).%b)", "(B.(%i))", "(if %b then %d else %d)"],
        .event: ["c.(%i)", "(d.(%i).(%b))", "(if %b then %e else %e)"],
        .events: [
            "union(%E, %E)", "diff(%E, %E)", "inter(%E, %E)", "{%e}", "{| c.x | x <- %s |}", "productions(c)",
            "{ e | e <- %E, e != %e }",
        ],
        .process: [
            "(%e -> %P)", "(c?x -> %P)", "(c?x:%s -> %P)", "(d$x?y -> %P)", "(%P [] %P)", "(%P |~| %P)", "(%P [> %P)",
            "(%P /\\ %P)", "(%P ; %P)", "(%P ||| %P)", "(%P [| %E |] %P)", "(%P [%E || %E] %P)", "(%P [| %E |> %P)",
            "(%P \\ %E)", "(%P |\\ %E)", "(%P[[a <- b, c.0 <- %e]])", "(%b & %P)", "([] x : %s @ %P)",
            "(|~| x : %s @ P(x))",
            "(||| x : %s @ %P)", "(; x : %q @ P(x))", "(|| x : %s @ [%E] P(x))", "P(%i)", "Q(%q)", "CHAOS(%E)",
            "RUN(%E)",
            "prioritise(%P, <%E, %E>)", "normal(%P)", "sbisim(%P)", "BUFFER(%i, {(a, b), (%e, %e)})",
            "(%P [c <-> d.0] %P)",
            "(%P [+ %E +] %P)", "(%P /+ %E +\\ %P)", "(if %b then %P else %P)",
        ],
    ]
}
