import CSP
import Testing

/// Random expressions on numbers, sets, sequences and maps, against a naive model of them in Swift.
@Suite struct CollectionModelTests {
    @Test(arguments: [UInt64](1...8))
    func expressionsAgreeWithTheModel(seed: UInt64) throws {
        var generator = ExpressionGenerator(random: SplitMix64(seed: seed))
        let cases = (0..<200).map { _ in generator.anything(depth: 4) }
        let definitions = cases.enumerated().map { "v\($0.offset) = \($0.element.text)" }
        let script = try Script.load(text: definitions.joined(separator: "\n"))
        for (index, item) in cases.enumerated() {
            let text = try script.text(of: try script.evaluate("v\(index)"))
            #expect(text == item.value.description, "\(item.text)")
        }
    }

    /// Operations on symbolic sets agree with those on the same sets spelled out.
    @Test(arguments: [UInt64](1...4))
    func symbolicSetsAgreeWithExplicitOnes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let script = try Script.load(text: "")
        let window = "{(-20)..20}"
        func set() -> (symbolic: String, explicit: String) {
            let low = Int.random(in: -9...9, using: &random)
            let high = Int.random(in: -9...9, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return ("{(\(low))..}", "{(\(low))..20}")
            case 1: return ("Int", window)
            case 2: return ("{(\(low))..(\(high))}", "{(\(low))..(\(high))}")
            default: return ("{(\(low)), \(high)}", "{(\(low)), \(high)}")
            }
        }
        for _ in 0..<100 {
            let (a, b) = (set(), set())
            for operation in ["union", "inter", "diff"] {
                let left = "{ x | x <- \(window), member(x, \(operation)(\(a.symbolic), \(b.symbolic))) }"
                let right = "inter(\(operation)(\(a.explicit), \(b.explicit)), \(window))"
                let value = try script.text(of: try script.evaluate("(\(left)) == (\(right))"))
                #expect(value == "true", "\(operation) of \(a.symbolic) and \(b.symbolic)")
            }
        }
    }

    @Test(arguments: [
        "#<x | x <- <0..>>", "{ x | x <- {0..999999999999} }",
        "<0..999999999999>", "card(Set({1..70}))", "seq(Set({0..40}))", "card(Seq({1}))",
        "xs", "P(<0..>)", "f(0)", "{ f(0) | x <- {1..3} }", "let x = x + 1 within x",
        "let (a, b) = (b, a) within a + 1",
    ])
    func hostileExpressionsEndInAnError(_ expression: String) throws {
        let script = try Script.load(text: "xs = <x + 1 | x <- xs>\nchannel c\nP(s) = c -> P(s)\nf(n) = f(n + 1) + 1")
        script.limit(steps: 200_000)
        #expect(throws: (any Error).self) { try script.text(of: try script.evaluate(expression)) }
        // And the script is still good for others.
        script.limit()
        #expect(try script.text(of: try script.evaluate("1 + 1")) == "2")
    }

    @Test func deeplyNestedExpressions() throws {
        let sum = (1...5000).map(String.init).joined(separator: " + ")
        let prefixes = String(repeating: "a -> ", count: 5000)
        let script = try Script.load(text: "channel a\nx = \(sum)\nP = \(prefixes)P")
        #expect(try script.text(of: try script.evaluate("x")) == "12502500")
        guard case .process(let process) = try script.evaluate("P") else { return }
        var next = try script.store.unfold(process)
        for _ in 0..<5000 {
            guard case .prefix(_, let then) = next.term else {
                Issue.record("a chain of 5000 events")
                return
            }
            next = then
        }
        #expect(next === process)
    }
}

/// A value of the model.
private enum ModelValue: CustomStringConvertible {
    case integer(Int)
    case boolean(Bool)
    case set(Set<Int>)
    case sequence([Int])
    case map([Int: Int])

    var description: String {
        switch self {
        case .integer(let number): "\(number)"
        case .boolean(let truth): "\(truth)"
        case .set(let elements): "{" + elements.sorted().map(String.init).joined(separator: ", ") + "}"
        case .sequence(let elements): "<" + elements.map(String.init).joined(separator: ", ") + ">"
        case .map(let entries):
            entries.isEmpty
                ? "emptyMap"
                : "(| " + entries.sorted { $0.key < $1.key }.map { "\($0.key) => \($0.value)" }.joined(separator: ", ")
                    + " |)"
        }
    }
}

/// Makes expressions together with their values.
private struct ExpressionGenerator {
    var random: SplitMix64

    mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func anything(depth: Int) -> (text: String, value: ModelValue) {
        switch pick(5) {
        case 0:
            let (text, value) = integer(depth)
            return (text, .integer(value))
        case 1:
            let (text, value) = boolean(depth)
            return (text, .boolean(value))
        case 2:
            let (text, value) = set(depth)
            return (text, .set(value))
        case 3:
            let (text, value) = sequence(depth)
            return (text, .sequence(value))
        default:
            let (text, value) = map(depth)
            return (text, .map(value))
        }
    }

    mutating func integer(_ depth: Int) -> (String, Int) {
        if depth == 0 {
            let number = pick(12) - 4
            return (number < 0 ? "(\(number))" : "\(number)", number)
        }
        switch pick(9) {
        case 0:
            let (a, x) = integer(depth - 1)
            let (b, y) = integer(depth - 1)
            return ("(\(a) + \(b))", x &+ y)
        case 1:
            let (a, x) = integer(depth - 1)
            let (b, y) = integer(depth - 1)
            return ("(\(a) - \(b))", x &- y)
        case 2:
            let (a, x) = integer(depth - 1)
            let by = [2, 3, -2, 5][pick(4)]
            // Rounded down, as the remainder has the sign of the divisor.
            let remainder = ((x % by) + by) % by
            return pick(2) == 0 ? ("(\(a) / (\(by)))", (x - remainder) / by) : ("(\(a) % (\(by)))", remainder)
        case 3:
            let (s, x) = set(depth - 1)
            return ("card(\(s))", x.count)
        case 4:
            let (s, x) = sequence(depth - 1)
            return ("(#\(s))", x.count)
        case 5:
            let (a, x) = integer(depth - 1)
            let (s, _) = sequence(depth - 1)
            return ("head(<\(a)>^\(s))", x)
        case 6:
            let (m, x) = map(depth - 1)
            let (k, key) = integer(depth - 1)
            let (d, other) = integer(depth - 1)
            return ("(if mapMember(\(m), \(k)) then mapLookup(\(m), \(k)) else \(d))", x[key] ?? other)
        case 7:
            let (c, truth) = boolean(depth - 1)
            let (a, x) = integer(depth - 1)
            let (b, y) = integer(depth - 1)
            return ("(if \(c) then \(a) else \(b))", truth ? x : y)
        default:
            let (a, x) = integer(depth - 1)
            let by = pick(5)
            return ("(let f(n) = n * \(by) within f(\(a)))", x &* by)
        }
    }

    mutating func boolean(_ depth: Int) -> (String, Bool) {
        if depth == 0 {
            let truth = pick(2) == 0
            return ("\(truth)", truth)
        }
        switch pick(9) {
        case 0:
            let (a, x) = integer(depth - 1)
            let (b, y) = integer(depth - 1)
            return ("(\(a) <= \(b))", x <= y)
        case 1:
            let (a, x) = set(depth - 1)
            let (b, y) = set(depth - 1)
            return pick(2) == 0 ? ("(\(a) == \(b))", x == y) : ("(\(a) <= \(b))", x.isSubset(of: y))
        case 2:
            let (a, x) = sequence(depth - 1)
            let (b, y) = sequence(depth - 1)
            return pick(2) == 0 ? ("(\(a) == \(b))", x == y) : ("(\(a) <= \(b))", y.starts(with: x))
        case 3:
            let (a, x) = integer(depth - 1)
            let (s, y) = set(depth - 1)
            return ("member(\(a), \(s))", y.contains(x))
        case 4:
            let (a, x) = integer(depth - 1)
            let (s, y) = sequence(depth - 1)
            return ("elem(\(a), \(s))", y.contains(x))
        case 5:
            let (a, x) = boolean(depth - 1)
            let (b, y) = boolean(depth - 1)
            return pick(2) == 0 ? ("(\(a) and \(b))", x && y) : ("(\(a) or \(b))", x || y)
        case 6:
            let (a, x) = boolean(depth - 1)
            return ("(not \(a))", !x)
        case 7:
            let (m, x) = map(depth - 1)
            let (n, y) = map(depth - 1)
            return ("(\(m) == \(n))", x == y)
        default:
            let (s, x) = sequence(depth - 1)
            return ("null(\(s))", x.isEmpty)
        }
    }

    mutating func set(_ depth: Int) -> (String, Set<Int>) {
        if depth == 0 {
            let low = pick(6)
            let high = pick(8)
            if pick(2) == 0 { return ("{\(low)..\(high)}", low <= high ? Set(low...high) : []) }
            return ("{\(low), \(high)}", [low, high])
        }
        let (a, x) = set(depth - 1)
        switch pick(8) {
        case 0:
            let (b, y) = set(depth - 1)
            return ("union(\(a), \(b))", x.union(y))
        case 1:
            let (b, y) = set(depth - 1)
            return ("inter(\(a), \(b))", x.intersection(y))
        case 2:
            let (b, y) = set(depth - 1)
            return ("diff(\(a), \(b))", x.subtracting(y))
        case 3:
            let (b, y) = integer(depth - 1)
            return ("{ x + \(b) | x <- \(a), x % 2 == 0 }", Set(x.filter { $0 % 2 == 0 }.map { $0 &+ y }))
        case 4:
            let (s, y) = sequence(depth - 1)
            return ("set(\(s))", Set(y))
        case 5:
            let (b, y) = set(depth - 1)
            return ("Union({\(a), \(b)})", x.union(y))
        case 6:
            let (b, y) = set(depth - 1)
            return (
                "{ x - y | x <- \(a), y <- \(b), x != y }", Set(x.flatMap { p in y.filter { $0 != p }.map { p &- $0 } })
            )
        default:
            let (m, y) = map(depth - 1)
            return ("{ k | (k, _) <- set(mapToList(\(m))) }", Set(y.keys))
        }
    }

    mutating func sequence(_ depth: Int) -> (String, [Int]) {
        if depth == 0 {
            let low = pick(5)
            let high = pick(7)
            if pick(2) == 0 { return ("<\(low)..\(high)>", low <= high ? Array(low...high) : []) }
            return ("<\(high), \(low)>", [high, low])
        }
        let (a, x) = sequence(depth - 1)
        switch pick(7) {
        case 0, 1:
            let (b, y) = sequence(depth - 1)
            return ("(\(a)^\(b))", x + y)
        case 2: return ("tail(<0>^\(a))", x)
        case 3:
            let (b, y) = integer(depth - 1)
            return ("<x * 2 - \(b) | x <- \(a), x % 3 != 1>", x.filter { (($0 % 3) + 3) % 3 != 1 }.map { $0 &* 2 &- y })
        case 4:
            let (b, y) = sequence(depth - 1)
            return ("concat(<\(a), \(b), \(a)>)", x + y + x)
        case 5:
            let (s, y) = set(depth - 1)
            return ("seq(\(s))", y.sorted())
        default:
            let (b, y) = sequence(depth - 1)
            return ("<x + y | x <- \(a), y <- \(b)>", x.flatMap { p in y.map { p &+ $0 } })
        }
    }

    mutating func map(_ depth: Int) -> (String, [Int: Int]) {
        if depth == 0 {
            let key = pick(5)
            let value = pick(9)
            return pick(3) == 0 ? ("emptyMap", [:]) : ("(| \(key) => \(value) |)", [key: value])
        }
        let (m, x) = map(depth - 1)
        switch pick(4) {
        case 0:
            let (k, key) = integer(depth - 1)
            let (v, value) = integer(depth - 1)
            return ("mapUpdate(\(m), \(k), \(v))", x.merging([key: value]) { $1 })
        case 1:
            let (k, key) = integer(depth - 1)
            return ("mapDelete(\(m), \(k))", x.filter { $0.key != key })
        case 2:
            let (s, y) = sequence(depth - 1)
            return ("mapFromList(<(x, x * x) | x <- \(s)>)", Dictionary(y.map { ($0, $0 &* $0) }) { $1 })
        default:
            let (s, y) = sequence(depth - 1)
            // Of several pairs for a key the first counts.
            return (
                "mapUpdateMultiple(\(m), <(x % 3, x) | x <- \(s)>)",
                x.merging(Dictionary(y.map { ((($0 % 3) + 3) % 3, $0) }) { first, _ in first }) { $1 }
            )
        }
    }
}
