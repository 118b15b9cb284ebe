// The symbols of CSPm; the longest that fits is taken.

extension Lexer {
    /// The symbol where the scanner stands, and its length in bytes.
    func symbol(_ scanner: Scanner) -> (TokenKind, Int)? {
        let (second, third) = (Unicode.Scalar(scanner.byte(1)), Unicode.Scalar(scanner.byte(2)))
        switch Unicode.Scalar(scanner.byte()) {
        case "(":
            // `(|||` is a parenthesis and an operator; a map needs a blank.
            return second == "|" && scanner.byte(2).isBlank ? (.leftMap, 2) : (.leftParenthesis, 1)
        case ")": return (.rightParenthesis, 1)
        case "{": return second == "|" ? (.leftPipeBrace, 2) : (.leftBrace, 1)
        case "}": return (.rightBrace, 1)
        case "[": return leftBracket(scanner, second)
        case "]": return rightBracket(scanner, second)
        case "|": return pipe(second, third)
        case "<": return less(scanner, second, third)
        case ">": return second == "=" ? (.greaterOrEqual, 2) : (.greater, 1)
        case "=":
            if second == ">" { return third == "*" ? (.doubleArrowStar, 3) : (.doubleArrow, 2) }
            return second == "=" ? (.equal, 2) : (.define, 1)
        case "!": return second == "=" ? (.notEqual, 2) : (.exclamation, 1)
        case "+":
            if second == "]" { return (.rightPlusBracket, 2) }
            return second == "\\" ? (.rightPlusSlash, 2) : (.plus, 1)
        case "-": return second == ">" ? (.arrow, 2) : (.minus, 1)
        case "*": return (.times, 1)
        case "/":
            if second == "\\" { return (.interrupt, 2) }
            return second == "+" ? (.leftSlashPlus, 2) : (.divide, 1)
        case "%": return (.modulo, 1)
        case "#": return (.hash, 1)
        case "^": return (.caret, 1)
        case ".": return second == "." ? (.doubleDot, 2) : (.dot, 1)
        case "?": return (.question, 1)
        case "$": return (.dollar, 1)
        case ",": return (.comma, 1)
        case ":":
            if second == ":" { return (.doubleColon, 2) }
            return second == "[" ? (.propertyOpen, 2) : (.colon, 1)
        case "@": return second == "@" ? (.doubleAt, 2) : (.at, 1)
        case "_": return (.underscore, 1)
        case ";": return (.semicolon, 1)
        case "&": return (.ampersand, 1)
        // Some tools write hiding with two: the parser warns.
        case "\\": return (.backslash, second == "\\" ? 2 : 1)
        default: return nil
        }
    }

    private func leftBracket(_ scanner: Scanner, _ second: Unicode.Scalar) -> (TokenKind, Int) {
        // Inside `:[ … ]` every bracket stands alone: `[F]]` closes two.
        if scanner.propertyDepth > 0 { return second == "|" ? (.leftPipeBracket, 2) : (.leftBracket, 1) }
        switch second {
        case "]": return (.externalChoice, 2)
        case "[": return (.leftDoubleBracket, 2)
        case "|": return (.leftPipeBracket, 2)
        case ">": return (.slidingChoice, 2)
        case "+": return (.leftPlusBracket, 2)
        case "A"..."Z":
            var ahead = 2
            while scanner.byte(ahead).isLetter { ahead += 1 }
            // `[T=` is one token; `[a==b||…` is not.
            if scanner.byte(ahead) == 61, scanner.byte(ahead + 1) != 61 { return (.refines, ahead + 1) }
            return (.leftBracket, 1)
        default: return (.leftBracket, 1)
        }
    }

    private func rightBracket(_ scanner: Scanner, _ second: Unicode.Scalar) -> (TokenKind, Int) {
        switch scanner.propertyDepth {
        case 0: second == "]" ? (.rightDoubleBracket, 2) : (.rightBracket, 1)
        case 1: (.propertyClose, second == ":" ? 2 : 1)
        default: (.rightBracket, 1)
        }
    }

    private func pipe(_ second: Unicode.Scalar, _ third: Unicode.Scalar) -> (TokenKind, Int) {
        switch (second, third) {
        case ("~", "|"): (.internalChoice, 3)
        case ("|", "|"): (.interleave, 3)
        case ("|", _): (.parallel, 2)
        case ("}", _): (.rightPipeBrace, 2)
        case ("]", _): (.rightPipeBracket, 2)
        case (")", _): (.rightMap, 2)
        case (">", _): (.exceptionClose, 2)
        case ("\\", _): (.project, 2)
        case ("=", _): (.satisfies, 2)
        default: (.pipe, 1)
        }
    }

    private func less(_ scanner: Scanner, _ second: Unicode.Scalar, _ third: Unicode.Scalar) -> (TokenKind, Int) {
        switch (second, third) {
        case ("-", ">"): return (.tie, 3)
        case ("-", _): return (.drawnFrom, 2)
        case ("=", _): return (.lessOrEqual, 2)
        default:
            var ahead = 1
            while scanner.byte(ahead).isBlank { ahead += 1 }
            return scanner.byte(ahead) == 62 ? (.emptySequence, ahead + 1) : (.less, 1)
        }
    }
}
