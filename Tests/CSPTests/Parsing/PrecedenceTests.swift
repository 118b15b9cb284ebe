import Testing

@testable import CSP

/// The precedences of FDR's grammar, one line for each rule that surprises people.
@Suite struct PrecedenceTests {
    @Test(arguments: [
        // Dot binds less than arithmetic, comparison and Boolean operators.
        ("c.x+1", "(dot c, (x + 1))"), ("c.i%2", "(dot c, (i % 2))"), ("c.x == d.y", "(dot c, (x == d), y)"),
        ("(a.b).c", "(dot a, b, c)"), ("a.(b.c)", "(dot a, b, c)"),
        // Prefix operators.
        ("-a*b", "(negate (a * b))"), ("-a+b", "((negate a) + b)"), ("not a == b", "(not (a == b))"),
        ("#xs^ys", "(length (xs ^ ys))"), ("not a and b", "((not a) and b)"), ("1 * -2 + 3", "((1 * (negate 2)) + 3)"),
        // Left and right.
        ("a - b - c", "((a - b) - c)"), ("a and b or c and d", "((a and b) or (c and d))"),
        ("a -> b -> P", "(a  -> (b  -> P))"), ("b & c & P", "(b & (c & P))"), ("a -> b & P", "(a  -> (b & P))"),
        // Prefixes and choices.
        ("a -> P ; Q", "((a  -> P) ; Q)"), ("a -> P [] b -> Q", "((a  -> P) [] (b  -> Q))"),
        ("x == 1 & P [] Q", "(((x == 1) & P) [] Q)"), ("a -> P[[b <- c]]", "(a  -> (rename P b ~ c | ))"),
        ("P ||| Q |~| R [] S /\\ T [> U ; V", "(P ||| (Q |~| (R [] (S /\\ (T [> (U ; V))))))"),
        ("P ||| Q [|A|] R", "(P ||| (Q generalisedParallel{A} R))"),
        ("P [|A|] Q |~| R", "(P generalisedParallel{A} (Q |~| R))"),
        ("P [+A+] Q [] R", "((P externalChoice{A} Q) [] R)"), ("P /+A+\\ Q /\\ R", "((P interrupt{A} Q) /\\ R)"),
        ("P [|A|> Q", "(P exception{A} Q)"),
        // Hiding goes back to its left operand.
        ("P \\ A ||| Q", "((P \\ A) ||| Q)"), ("P ||| Q \\ A", "((P ||| Q) \\ A)"),
        ("P \\ A [] Q ||| R", "(((P \\ A) [] Q) ||| R)"),
        ("P \\ A \\ B", "((P \\ A) \\ B)"), ("P |\\ A ; Q", "((P |\\ A) ; Q)"),
        ("P \\ A [|B|] Q", "((P \\ A) generalisedParallel{B} Q)"),
        ("P \\ (Q ||| R)", "(P \\ (Q ||| R))"), ("P [] Q \\ A [] R", "(((P [] Q) \\ A) [] R)"),
        // What reaches as far as it can.
        ("if a then P else Q [] R", "(if a, P, (Q [] R))"), ("[] x:S @ P [] Q", "(replicated [] x <- S @ (P [] Q))"),
        ("\\ x @ x + 1", "(lambda x @ (x + 1))"), ("P [] [] x:S @ Q", "(P [] (replicated [] x <- S @ Q))"),
        ("1 + if a then 2 else 3 + 4", "(1 + (if a, 2, (3 + 4)))"),
        ("let x = 1 within x [] y", "(let x = 1 within (x [] y))"),
        // … except for the replicated form whose alphabet stands in brackets.
        ("|| x:S @ [A] P \\ H", "((replicated || A x <- S @ P) \\ H)"),
        ("|| x:S @ [A] P [] Q", "(replicated || A x <- S @ (P [] Q))"),
        // Fields.
        ("c?x:S!y.z$w -> P", "(c ?x:S!(dot y, z)$w:- -> P)"), ("c?x.y:S -> P", "(c ?(dot x, y):S -> P)"),
        ("c.1!x+1 -> P", "(dot c, 1) !(x + 1) -> P".wrapped), ("b & c?x -> P", "(b & (c ?x:- -> P))"),
        // Sequences and `>`.
        ("<x | x <- s, (x > 2)>", "(sequence x | x <- s, (x > 2))"),
        ("<1,2> > <1>", "((sequence 1, 2 | ) > (sequence 1 | ))"),
        ("<x | x <- s, x < 2>", "(sequence x | x <- s, (x < 2))"), ("< > > <1>", "((sequence  | ) > (sequence 1 | ))"),
        ("<f(a > b)>", "(sequence f((a > b)) | )"), ("<{a > b}>", "(sequence (set (a > b) | ) | )"),
        ("<0..>", "(sequence 0.. | )"),
        ("<<1>>", "(sequence (sequence 1 | ) | )"),
        // Application.
        ("f(x)(y)", "f(x)(y)"), ("f()", "f()"), ("(f)(x)", "f(x)"),
        ("(| 0 => 1, 1 => 2 |)", "(map [\"0 => 1\", \"1 => 2\"])"),
    ]) func structureOf(text: String, expected: String) {
        #expect(structure(text) == expected)
    }

    /// Operators that do not associate.
    @Test(arguments: ["a == b == c", "a < b <= c", "P [|A|] Q [|B|] R", "P [A||B] Q [|C|] R", "P [|A|> Q [|B|] R"])
    func needsParentheses(text: String) {
        let (_, diagnostics) = parse("x = " + text)
        #expect(diagnostics.first?.message.contains("needs parentheses") == true)
    }
}

extension String {
    fileprivate var wrapped: String { "(" + self + ")" }
}
