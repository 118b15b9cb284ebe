/// A whole number that a plan computes: `rank + 1`, `(rank + size - 1) % size`, `rank % 2 == 0`. A comparison is 1 or 0, and
/// whatever isn't 0 is true.
public struct Expression: Hashable, Sendable, CustomStringConvertible {
    /// What it can't mean, for people.
    public struct Fault: Error, Hashable, Sendable {
        public let message: String
    }

    indirect enum Node: Hashable, Sendable {
        case number(Int)
        case name(String)
        case binary(Operator, Node, Node)
    }

    enum Operator: String, Sendable {
        case add = "+", subtract = "-", multiply = "*", divide = "/", remainder = "%"
        case equal = "==", unequal = "!=", atMost = "<=", atLeast = ">=", less = "<", greater = ">"
        case and, or

        var level: Int {
            switch self {
            case .or: 1
            case .and: 2
            case .equal, .unequal, .atMost, .atLeast, .less, .greater: 3
            case .add, .subtract: 4
            case .multiply, .divide, .remainder: 5
            }
        }
    }

    /// It may be computed a million times.
    static let byteLimit = 200

    let root: Node
    public let description: String

    public init(_ number: Int) {
        root = .number(number)
        description = String(number)
    }

    /// - Parameter names: what it may speak of, besides `rank` and `size`.
    public init(_ text: String, names: Set<String> = []) throws(Fault) {
        guard text.utf8.count <= Self.byteLimit else {
            throw Fault(message: "an expression has at most \(Self.byteLimit) characters, not \(text.utf8.count)")
        }
        var reader = Reader(text, names: names.union(["rank", "size"]))
        root = try reader.whole()
        description = text
    }

    /// The number, if it needs no rank.
    public var constant: Int? { if case .number(let number) = root { number } else { nil } }

    /// - Parameter values: of every name that it speaks of.
    public func value(_ values: [String: Int]) throws(Fault) -> Int { try Self.value(root, values) }

    private static func value(_ node: Node, _ values: [String: Int]) throws(Fault) -> Int {
        switch node {
        case .number(let number): return number
        case .name(let name):
            guard let value = values[name] else { throw Fault(message: "'\(name)' has no value here") }
            return value
        case .binary(let operation, let left, let right):
            let a = try value(left, values)
            // The right side of a decided `and` or `or` may divide by zero.
            if operation == .and, a == 0 { return 0 }
            if operation == .or, a != 0 { return 1 }
            return try apply(operation, a, try value(right, values))
        }
    }

    private static func apply(_ operation: Operator, _ a: Int, _ b: Int) throws(Fault) -> Int {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = a.addingReportingOverflow(b)
        case .subtract: result = a.subtractingReportingOverflow(b)
        case .multiply: result = a.multipliedReportingOverflow(by: b)
        case .divide, .remainder:
            guard b > 0 else { throw Fault(message: "\(a) \(operation.rawValue) \(b): the divisor must be at least 1") }
            let remainder = ((a % b) + b) % b
            return operation == .remainder ? remainder : (a - remainder) / b
        case .equal: return a == b ? 1 : 0
        case .unequal: return a != b ? 1 : 0
        case .atMost: return a <= b ? 1 : 0
        case .atLeast: return a >= b ? 1 : 0
        case .less: return a < b ? 1 : 0
        case .greater: return a > b ? 1 : 0
        case .and, .or: return b != 0 ? 1 : 0
        }
        guard !result.overflow else { throw Fault(message: "\(a) \(operation.rawValue) \(b) is too large") }
        return result.partialValue
    }
}

/// Precedence climbing over the few operators that there are.
private struct Reader {
    private let text: [Character]
    private let names: Set<String>
    private var position = 0
    private var depth = 0

    init(_ text: String, names: Set<String>) {
        self.text = Array(text)
        self.names = names
    }

    mutating func whole() throws(Expression.Fault) -> Expression.Node {
        let node = try expression(1)
        skipBlanks()
        guard position == text.count else {
            throw fault("'\(String(text[position...]))' can't stand there")
        }
        return node
    }

    private func fault(_ reason: String) -> Expression.Fault {
        .init(message: "'\(String(text))' is no expression: \(reason); such as 1, rank + 1, (rank + 1) % size")
    }

    private mutating func skipBlanks() { while position < text.count, text[position] == " " { position += 1 } }

    private mutating func expression(_ level: Int) throws(Expression.Fault) -> Expression.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 32 else { throw fault("it is nested too deeply") }
        var left = try operand()
        while let (operation, length) = nextOperator(), operation.level >= level {
            position += length
            left = .binary(operation, left, try expression(operation.level + 1))
        }
        return left
    }

    private mutating func nextOperator() -> (Expression.Operator, Int)? {
        skipBlanks()
        for length in [3, 2, 1] where position + length <= text.count {
            let word = String(text[position..<position + length])
            guard let operation = Expression.Operator(rawValue: word) else { continue }
            let next = position + length
            let isWord = word.first!.isLetter
            if isWord, next < text.count, text[next].isLetter || text[next].isNumber { continue }
            return (operation, length)
        }
        return nil
    }

    private mutating func operand() throws(Expression.Fault) -> Expression.Node {
        skipBlanks()
        guard position < text.count else { throw fault("something is missing at its end") }
        let first = text[position]
        if first == "(" {
            position += 1
            let inner = try expression(1)
            skipBlanks()
            guard position < text.count, text[position] == ")" else { throw fault("a ')' is missing") }
            position += 1
            return inner
        }
        if first == "-" {
            position += 1
            depth += 1
            defer { depth -= 1 }
            guard depth <= 32 else { throw fault("it is nested too deeply") }
            return .binary(.subtract, .number(0), try operand())
        }
        let start = position
        while position < text.count, text[position].isASCII,
            text[position].isLetter || text[position].isNumber || text[position] == "_"
        {
            position += 1
        }
        let word = String(text[start..<position])
        if let number = Int(word) { return .number(number) }
        guard names.contains(word) else {
            let known = names.sorted().joined(separator: ", ")
            throw fault(word.isEmpty ? "'\(first)' can't stand there" : "'\(word)' is not known; there are: \(known)")
        }
        return .name(word)
    }
}
