/// Prints expressions and patterns on one line, with no more parentheses than needed: what it prints parses to the same tree.
public struct ExpressionPrinter {
    private var text = ""
    /// Inside a sequence, where `>` must be in parentheses.
    private var sequenceDepth = 0

    /// The expression as CSPm text.
    public static func print(_ expression: Expression) -> String {
        var printer = ExpressionPrinter()
        printer.write(expression)
        return printer.text
    }

    /// The pattern as CSPm text.
    public static func print(_ pattern: Pattern) -> String {
        var printer = ExpressionPrinter()
        printer.write(pattern)
        return printer.text
    }

    // MARK: Levels

    /// How tightly the outermost operator of an expression binds; 100 for what needs no parentheses anywhere.
    private static func level(_ expression: Expression) -> Int {
        switch expression.kind {
        case .integer, .boolean, .character, .string, .name, .tuple, .collection, .map: 100
        case .application, .rename: Precedence.postfix
        case .dotted: Precedence.dot
        case .unary(.negate, _): Precedence.additive
        case .unary(.not, _): Precedence.not
        case .unary(.length, _): Precedence.length
        case .binary(let binary, _, _): binary.level
        case .conditional, .letWithin, .lambda: Precedence.lowest
        case .replicated(.alphabetisedParallel, _, _): Precedence.parallel
        case .replicated: Precedence.lowest
        case .prefix: Precedence.prefix
        case .synchronised(.externalChoice, _, _, _): Precedence.externalChoice
        case .synchronised(.interrupt, _, _, _): Precedence.interrupt
        case .synchronised, .alphabetisedParallel, .linkedParallel: Precedence.parallel
        }
    }

    /// The lowest level of a prefix operator on the right edge of an expression: such an operator reaches as far as it can,
    /// so what follows must bind more loosely than it does.
    private static func openLevel(_ expression: Expression) -> Int {
        switch expression.kind {
        case .unary(_, let operand): min(level(expression), rightEdge(operand, level(expression) + 1))
        case .conditional, .letWithin, .lambda: 0
        case .replicated(.alphabetisedParallel, _, let body):
            min(Precedence.parallel, rightEdge(body, Precedence.parallel + 1))
        case .replicated: 0
        case .binary(let binary, _, let right): rightEdge(right, binary.rightMinimum)
        case .prefix(_, _, let process): rightEdge(process, Precedence.prefix)
        case .synchronised(_, _, _, let right), .alphabetisedParallel(_, _, _, let right),
            .linkedParallel(_, _, let right):
            rightEdge(right, level(expression) + 1)
        case .dotted(let parts): rightEdge(parts[parts.count - 1], Precedence.dot + 1)
        default: 100
        }
    }

    private static func rightEdge(_ operand: Expression, _ minimum: Int) -> Int {
        needsParentheses(operand, minimum) ? 100 : openLevel(operand)
    }

    /// Whether an operand at a place that takes operators of at least some level needs parentheses. Prefix operators need
    /// none on the right, whatever their level.
    private static func needsParentheses(_ expression: Expression, _ minimum: Int) -> Bool {
        switch expression.kind {
        case .unary, .conditional, .letWithin, .lambda, .replicated: false
        default: level(expression) < minimum
        }
    }

    // MARK: Expressions

    private mutating func write(_ string: String) { text += string }

    /// An operand on the right of an operator, or one that brackets enclose.
    private mutating func write(_ expression: Expression, atLeast minimum: Int = Precedence.lowest) {
        if ExpressionPrinter.needsParentheses(expression, minimum) || isHiddenComparison(expression) {
            writeParenthesised(expression)
        } else {
            writeBare(expression)
        }
    }

    /// An operand on the left of an operator of some level.
    private mutating func write(left expression: Expression, of level: Int, atLeast minimum: Int) {
        let swallows = ExpressionPrinter.openLevel(expression) < level
        if ExpressionPrinter.level(expression) < minimum || swallows || isHiddenComparison(expression) {
            writeParenthesised(expression)
        } else {
            writeBare(expression)
        }
    }

    /// `x > y` inside a sequence.
    private func isHiddenComparison(_ expression: Expression) -> Bool {
        guard sequenceDepth > 0, case .binary(.greater, _, _) = expression.kind else { return false }
        return true
    }

    private mutating func writeParenthesised(_ expression: Expression) {
        let outer = sequenceDepth
        sequenceDepth = 0
        write("(")
        writeBare(expression)
        write(")")
        sequenceDepth = outer
    }

    private mutating func writeBare(_ expression: Expression) {
        switch expression.kind {
        case .integer(let value): write(String(value))
        case .boolean(let value): write(value ? "true" : "false")
        case .character(let scalar): write("'" + escape(scalar, quote: "'") + "'")
        case .string(let value): write("\"" + value.unicodeScalars.map { escape($0, quote: "\"") }.joined() + "\"")
        case .name(let name): write(name.text)
        case .tuple(let parts):
            enclosed("(", ")") { printer in printer.write(list: parts) }
        case .dotted(let parts):
            for (index, part) in parts.enumerated() {
                if index > 0 { write(".") }
                if index < parts.count - 1 {
                    write(left: part, of: Precedence.dot, atLeast: Precedence.dot + 1)
                } else {
                    write(part, atLeast: Precedence.dot + 1)
                }
            }
        case .unary(let unary, let operand): writeUnary(unary, operand)
        case .binary(let binary, let left, let right):
            // Comparisons do not associate; the right-associative operators take their like on the right only.
            write(left: left, of: binary.level, atLeast: binary.leftMinimum)
            write(" \(binary.rawValue) ")
            write(right, atLeast: binary.rightMinimum)
        case .conditional(let condition, let first, let second):
            write("if ")
            write(condition)
            write(" then ")
            write(first)
            write(" else ")
            write(second)
        case .letWithin(let scope, let body): writeLet(scope, body)
        case .lambda(let parameters, let body):
            write("\\ ")
            write(list: parameters)
            write(" @ ")
            write(body)
        case .application(let function, let arguments):
            write(left: function, of: Precedence.postfix, atLeast: Precedence.postfix)
            enclosed("(", ")") { printer in printer.write(list: arguments) }
        case .collection(let kind, let elements, let statements): write(kind, elements, statements)
        case .map(let pairs):
            enclosed("(| ", pairs.isEmpty ? "|)" : " |)") { printer in
                for (index, pair) in pairs.enumerated() {
                    if index > 0 { printer.write(", ") }
                    printer.write(pair.key)
                    printer.write(" => ")
                    printer.write(pair.value)
                }
            }
        default: writeProcess(expression)
        }
    }

    private mutating func writeUnary(_ unary: UnaryOperator, _ operand: Expression) {
        switch unary {
        case .negate:
            // `--` begins a comment.
            write("-")
            let start = text.utf8.count
            write(operand, atLeast: Precedence.additive + 1)
            if text.utf8.dropFirst(start).first == UInt8(ascii: "-") {
                text.insert("(", at: text.utf8.index(text.startIndex, offsetBy: start))
                text += ")"
            }
        case .not:
            write("not ")
            write(operand, atLeast: Precedence.not + 1)
        case .length:
            write("#")
            write(operand, atLeast: Precedence.length + 1)
        }
    }

    private mutating func writeProcess(_ expression: Expression) {
        switch expression.kind {
        case .prefix(let channel, let fields, let process):
            let level = fields.isEmpty ? Precedence.prefix : Precedence.fields
            write(left: channel, of: level, atLeast: level + 1)
            for field in fields { write(field) }
            write(" -> ")
            write(process, atLeast: Precedence.prefix)
        case .synchronised(let operation, let left, let set, let right):
            let level = ExpressionPrinter.level(expression)
            let (opener, closer) = operation.brackets
            // The parallel operators do not associate.
            write(left: left, of: level, atLeast: level == Precedence.parallel ? level + 1 : level)
            enclosed(" \(opener) ", " \(closer) ") { printer in printer.write(set) }
            write(right, atLeast: level + 1)
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            write(left: left, of: Precedence.parallel, atLeast: Precedence.parallel + 1)
            write(" [")
            write(apart: "[|>+]") { printer in printer.write(leftAlphabet) }
            write(" || ")
            write(rightAlphabet)
            write("] ")
            write(right, atLeast: Precedence.parallel + 1)
        case .linkedParallel(let left, let links, let right):
            write(left: left, of: Precedence.parallel, atLeast: Precedence.parallel + 1)
            write(" [")
            write(apart: "[|>+]") { printer in printer.write(links, " <-> ") }
            write("] ")
            write(right, atLeast: Precedence.parallel + 1)
        case .rename(let process, let links):
            write(left: process, of: Precedence.postfix, atLeast: Precedence.postfix)
            enclosed("[[", "]]") { printer in printer.write(links, " <- ") }
        case .replicated(let replicated, let statements, let body): write(replicated, statements, body)
        default: preconditionFailure("\(expression.kind) is printed above")
        }
    }

    private mutating func write(_ replicated: ReplicatedOperator, _ statements: [Statement], _ body: Expression) {
        switch replicated {
        case .externalChoice: write("[]")
        case .internalChoice: write("|~|")
        case .interleave: write("|||")
        case .sequential: write(";")
        case .alphabetisedParallel: write("||")
        case .generalisedParallel(let set): enclosed("[| ", " |]") { printer in printer.write(set) }
        case .synchronisingExternalChoice(let set): enclosed("[+ ", " +]") { printer in printer.write(set) }
        case .linkedParallel(let links):
            write("[")
            write(apart: "[|>+]") { printer in printer.write(links, " <-> ") }
            write("]")
        }
        write(" ")
        write(statements)
        write(" @ ")
        if case .alphabetisedParallel(let alphabet) = replicated {
            write("[")
            write(apart: "[|>+]") { printer in printer.write(alphabet) }
            write("] ")
            write(body, atLeast: Precedence.parallel + 1)
        } else {
            write(body)
        }
    }

    private mutating func write(_ field: Field) {
        switch field.kind {
        case .output(let value):
            write("!")
            write(left: value, of: Precedence.fields, atLeast: Precedence.fields + 1)
        case .input(let pattern, let set): write("?", pattern, set)
        case .nondeterministicInput(let pattern, let set): write("$", pattern, set)
        }
    }

    private mutating func write(_ mark: String, _ pattern: Pattern, _ set: Expression?) {
        write(mark)
        write(pattern)
        guard let set else { return }
        write(":")
        write(left: set, of: Precedence.colon, atLeast: Precedence.colon + 1)
    }

    private mutating func writeLet(_ scope: Scope, _ body: Expression) {
        write("let ")
        for declaration in scope.declarations {
            write(declaration)
            // A `let` cannot be written on one line if it declares several names.
            write("\n")
        }
        write("within ")
        write(body)
    }

    private mutating func write(_ declaration: Declaration) {
        switch declaration.kind {
        case .binding(let pattern, let value):
            write(pattern)
            write(" = ")
            write(value)
        case .function(let name, let clauses):
            for (index, clause) in clauses.enumerated() {
                if index > 0 { write("\n") }
                write(name.text)
                for parameters in clause.parameters {
                    enclosed("(", ")") { printer in printer.write(list: parameters) }
                }
                write(" = ")
                write(clause.body)
            }
        case .external(let names): write("external " + names.map(\.text).joined(separator: ", "))
        case .transparent(let names): write("transparent " + names.map(\.text).joined(separator: ", "))
        case .timed(let section):
            write("Timed ")
            if let duration = section.duration { enclosed("(", ") ") { printer in printer.write(duration) } }
            write("{\n")
            for inner in section.declarations {
                write(inner)
                write("\n")
            }
            write("}")
        case .annotation(let names, let annotation):
            write(names.map(\.text).joined(separator: ", ") + " :: " + annotation.text)
        default: break
        }
    }

    private mutating func write(
        _ kind: Expression.CollectionKind, _ elements: Expression.Elements, _ statements: [Statement]
    ) {
        switch kind {
        case .sequence:
            let outer = sequenceDepth
            sequenceDepth = 1
            // `<-` is one token.
            write("<")
            write(apart: "-") { printer in printer.write(elements, statements) }
            write(">")
            sequenceDepth = outer
        case .set:
            enclosed("{", "}") { printer in
                // `{-` begins a comment, and `{|` is another bracket.
                printer.write(apart: "-|") { printer in printer.write(elements, statements) }
            }
        case .enumeratedSet:
            enclosed("{| ", " |}") { printer in printer.write(elements, statements) }
        }
    }

    private mutating func write(_ elements: Expression.Elements, _ statements: [Statement]) {
        switch elements {
        case .list(let list): write(list: list)
        case .range(let first, let last):
            write(first)
            write("..")
            if let last { write(last) }
        }
        if !statements.isEmpty {
            write(" | ")
            write(statements)
        }
    }

    private mutating func write(_ statements: [Statement]) {
        for (index, statement) in statements.enumerated() {
            if index > 0 { write(", ") }
            switch statement {
            case .generator(let pattern, let source):
                write(pattern)
                write(" <- ")
                write(source)
            case .condition(let condition): write(condition)
            }
        }
    }

    private mutating func write(_ links: Expression.Links, _ arrow: String) {
        for (index, pair) in links.pairs.enumerated() {
            if index > 0 { write(", ") }
            write(pair.left)
            write(arrow)
            write(pair.right)
        }
        if !links.statements.isEmpty {
            write(" | ")
            write(links.statements)
        }
    }

    private mutating func write(list: [Expression]) {
        for (index, element) in list.enumerated() {
            if index > 0 { write(", ") }
            write(element)
        }
    }

    /// What stands in brackets: there, `>` is a comparison.
    private mutating func enclosed(_ opener: String, _ closer: String, _ body: (inout ExpressionPrinter) -> Void) {
        let outer = sequenceDepth
        sequenceDepth = 0
        write(opener)
        body(&self)
        write(closer)
        sequenceDepth = outer
    }

    /// Writes something with a blank before it if it begins with one of some characters, which would join the bracket.
    private mutating func write(apart characters: String, _ body: (inout ExpressionPrinter) -> Void) {
        let start = text.utf8.count
        body(&self)
        guard let first = text.utf8.dropFirst(start).first, characters.utf8.contains(first) else { return }
        text.insert(" ", at: text.utf8.index(text.startIndex, offsetBy: start))
    }

    // MARK: Patterns

    private mutating func write(list: [Pattern]) {
        for (index, element) in list.enumerated() {
            if index > 0 { write(", ") }
            write(element)
        }
    }

    private static func level(_ pattern: Pattern) -> Int {
        switch pattern.kind {
        case .both: 2
        case .dotted: Precedence.dot
        case .concatenation: Precedence.concatenation
        default: 100
        }
    }

    private mutating func write(_ pattern: Pattern, above level: Int = 0) {
        if ExpressionPrinter.level(pattern) <= level { return enclosed("(", ")") { printer in printer.write(pattern) } }
        switch pattern.kind {
        case .wildcard: write("_")
        case .integer(let value): write(String(value))
        case .boolean(let value): write(value ? "true" : "false")
        case .character(let scalar): write("'" + escape(scalar, quote: "'") + "'")
        case .string(let value): write("\"" + value.unicodeScalars.map { escape($0, quote: "\"") }.joined() + "\"")
        case .name(let name): write(name.text)
        case .tuple(let parts): enclosed("(", ")") { printer in printer.write(list: parts) }
        case .sequence(let parts):
            write("<")
            write(apart: "-") { printer in printer.write(list: parts) }
            write(">")
        case .set(let parts):
            enclosed("{", "}") { printer in
                printer.write(apart: "-") { printer in printer.write(list: parts) }
            }
        case .concatenation(let parts): write(parts, "^", Precedence.concatenation)
        case .dotted(let parts): write(parts, ".", Precedence.dot)
        case .both(let left, let right): write([left, right], " @@ ", 2)
        }
    }

    private mutating func write(_ parts: [Pattern], _ separator: String, _ level: Int) {
        for (index, part) in parts.enumerated() {
            if index > 0 { write(separator) }
            write(part, above: level)
        }
    }

    private func escape(_ scalar: Unicode.Scalar, quote: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        case "\\": "\\\\"
        case quote: "\\\(quote)"
        default: String(scalar)
        }
    }
}
