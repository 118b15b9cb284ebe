/// The operators of processes that have sets, fields, links or generators.
extension TypeInference {
    func inferProcess(_ expression: Expression) {
        switch expression.kind {
        case .prefix(let channel, let fields, let process): inferPrefix(channel, fields, process)
        case .synchronised(let op, let left, let set, let right):
            expectProcess(left, "the left operand of `\(op.symbol)`")
            expectProcess(right, "the right operand of `\(op.symbol)`")
            expectEvents(set, "the set of `\(op.symbol)`")
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            expectProcess(left, "the left operand of `[A||B]`")
            expectProcess(right, "the right operand of `[A||B]`")
            expectEvents(leftAlphabet, "the left alphabet")
            expectEvents(rightAlphabet, "the right alphabet")
        case .linkedParallel(let left, let links, let right):
            expectProcess(left, "the left operand of `[a<->b]`")
            expectProcess(right, "the right operand of `[a<->b]`")
            check(links)
        case .rename(let process, let links):
            expectProcess(process, "what is renamed")
            check(links)
        case .replicated(let op, let statements, let body): inferReplicated(op, statements, body)
        default: break
        }
    }

    func expectProcess(_ expression: Expression, _ place: @autoclosure () -> String) {
        expect(expression, .process, .place(place()))
    }

    private func expectEvents(_ expression: Expression, _ place: @autoclosure () -> String) {
        expect(expression, .set(.event), .place(place()))
    }

    /// Each pair needs the same fields to become events.
    private func check(_ links: Expression.Links) {
        check(links.statements, overSets: true)
        for (left, right) in links.pairs {
            let wanted = CSPMType.extendable(.event, unifier.freshVariable())
            let before = errorCount
            expect(left, wanted, .place("the left side of a pair"))
            expect(right, errorCount == before ? wanted : .unknown, .renaming)
        }
    }

    private func inferReplicated(_ op: ReplicatedOperator, _ statements: [Statement], _ body: Expression) {
        var overSets = true
        switch op {
        case .externalChoice, .internalChoice, .interleave: break
        case .sequential: overSets = false
        case .generalisedParallel(let set): expectEvents(set, "the set of `[|A|]`")
        case .synchronisingExternalChoice(let set): expectEvents(set, "the set of `[+A+]`")
        case .alphabetisedParallel(let alphabet):
            check(statements, overSets: true)
            expectEvents(alphabet, "the alphabet")
            return expectProcess(body, "the operand of `||`")
        case .linkedParallel(let links):
            check(statements, overSets: false)
            check(links)
            return expectProcess(body, "the operand of `[a<->b]`")
        }
        check(statements, overSets: overSets)
        expectProcess(body, "the operand of a replicated operator")
    }

    // MARK: - Prefixes

    private func inferPrefix(_ channel: Expression, _ fields: [Field], _ process: Expression) {
        let before = errorCount
        var parts = eventParts(channel)
        for field in fields {
            switch field.kind {
            case .output: break
            case .input(let pattern, _), .nondeterministicInput(let pattern, _): bind([pattern])
            }
        }
        parts += fields.map { (infer($0), $0.range) }
        let conflict = conflict(.event, .dotted(parts.map(\.type)), at: channel.range)
        // What was wrong with a part has been told there.
        if let conflict, errorCount == before {
            if case .mismatch = conflict {
                reportFields(of: channel, parts)
            } else {
                let event = CSPMType.dotted(parts.map(\.type))
                report(conflict, expected: .event, actual: event, at: channel.range, .fields(channel: channel))
            }
        }
        expectProcess(process, "what follows `->`")
    }

    /// What a prefix begins with: a channel, perhaps with fields dotted to it.
    private func eventParts(_ channel: Expression) -> [DotPart] {
        let type = infer(channel)
        guard case .dotted(let parts) = channel.kind, case .dot = type else { return [(type, channel.range)] }
        return parts.map { (expressionTypes[$0.id] ?? .unknown, $0.range) }
    }

    private func infer(_ field: Field) -> CSPMType {
        switch field.kind {
        case .output(let value): return infer(value)
        case .input(let pattern, let source), .nondeterministicInput(let pattern, let source):
            let sourceType = source.map(infer)
            let type = infer(pattern)
            if let source, let sourceType {
                match(.set(type), sourceType, at: source.range, .generator(isSet: true))
            }
            return require(.complete, of: type, at: field.range, .place("this field")) ? type : .unknown
        }
    }
}

extension SynchronisedOperator {
    /// As it is written, around a set A.
    var symbol: String {
        switch self {
        case .generalisedParallel: "[|A|]"
        case .exception: "[|A|>"
        case .externalChoice: "[+A+]"
        case .interrupt: "/+A+\\"
        }
    }
}
