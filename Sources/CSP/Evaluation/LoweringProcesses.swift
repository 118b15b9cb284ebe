extension Lowering {
    /// Statements in their order: later ones see the variables of earlier ones.
    func lower(_ statements: [Statement], _ unit: Unit) -> [StatementNode] {
        statements.map { statement in
            switch statement {
            case .condition(let condition): return .condition(lower(condition, unit))
            case .generator(let pattern, let collection):
                // The collection is outside the scope of the pattern.
                let values = lower(collection, unit)
                return .generator(lower(pattern, unit), values)
            }
        }
    }

    func lowerCollection(
        _ kind: Expression.CollectionKind, _ elements: Expression.Elements, _ statements: [Statement],
        _ range: SourceRange, _ unit: Unit
    ) -> Node {
        if kind == .sequence, !statements.isEmpty {
            return lowerSequenceComprehension(elements, statements, range, unit)
        }
        let statementNodes = lower(statements, unit)
        switch (kind, elements) {
        case (.enumeratedSet, .list(let list)):
            return EnumeratedSetNode(range, list.map { lower($0, unit) }, statementNodes)
        case (_, .list) where !statements.isEmpty:
            return SetComprehensionNode(range, lower(elements, unit), statementNodes)
        case (.sequence, .list(let list)): return SequenceNode(range, list.map { lower($0, unit) })
        case (_, .list(let list)): return SetNode(range, list.map { lower($0, unit) })
        case (_, .range(let low, let high)):
            guard statements.isEmpty else { return SetComprehensionNode(range, lower(elements, unit), statementNodes) }
            return RangeNode(range, isSet: kind != .sequence, low: lower(low, unit), high: high.map { lower($0, unit) })
        }
    }

    private func lower(_ elements: Expression.Elements, _ unit: Unit) -> ElementNodes {
        switch elements {
        case .list(let list): .list(list.map { lower($0, unit) })
        case .range(let low, let high): .range(lower(low, unit), through: high.map { lower($0, unit) })
        }
    }

    private func lowerSequenceComprehension(
        _ elements: Expression.Elements, _ statements: [Statement], _ range: SourceRange, _ outer: Unit
    ) -> Node {
        let code = SequenceComprehensionCode(machine: machine)
        let unit = Unit(code, .closure(outer, code))
        code.statements = lower(statements, unit)
        code.elements = lower(elements, unit)
        return SequenceComprehensionNode(range, code)
    }

    func lowerLinks(_ links: Expression.Links, _ unit: Unit) -> LinkNodes {
        let statements = lower(links.statements, unit)
        return LinkNodes(
            pairs: links.pairs.map { (lower($0.left, unit), lower($0.right, unit)) }, statements: statements)
    }

    func lowerPrefix(_ head: Expression, _ fields: [Field], _ body: Expression, _ range: SourceRange, _ unit: Unit)
        -> Node
    {
        let headNode = lower(head, unit)
        var internalCount = 0
        let fieldNodes = fields.map { field -> FieldNode in
            switch field.kind {
            case .output(let value): return .output(lower(value, unit))
            case .input(let pattern, let set): return lowerInput(pattern, set, unit)
            case .nondeterministicInput(let pattern, let set):
                internalCount += 1
                return lowerInput(pattern, set, unit)
            }
        }
        return PrefixNode(
            range, headNode, fieldNodes, internalCount: internalCount, lowerContinuation(body, unit), timed: timed)
    }

    private func lowerInput(_ pattern: Pattern, _ set: Expression?, _ unit: Unit) -> FieldNode {
        // The set is outside the scope of the pattern.
        let values = set.map { lower($0, unit) }
        let node = lower(pattern, unit)
        guard let dotted = node as? DottedPattern, dotted.parts.first?.head == nil else {
            return .input(node, values, width: 1)
        }
        return .input(node, values, width: dotted.parts.count)
    }

    func lowerReplicated(
        _ symbol: ReplicatedOperator, _ statements: [Statement], _ body: Expression, _ range: SourceRange, _ unit: Unit
    ) -> Node {
        // The set of an operator is outside the scope of the variables, an alphabet and links are inside.
        var nodeSymbol: ReplicatedNode.Symbol
        switch symbol {
        case .externalChoice: nodeSymbol = .externalChoice
        case .internalChoice: nodeSymbol = .internalChoice
        case .interleave: nodeSymbol = .interleave
        case .sequential: nodeSymbol = .sequential
        case .generalisedParallel(let set): nodeSymbol = .generalisedParallel(lower(set, unit))
        case .synchronisingExternalChoice(let set): nodeSymbol = .synchronisingExternalChoice(lower(set, unit))
        case .linkedParallel, .alphabetisedParallel: nodeSymbol = .interleave
        }
        let statementNodes = lower(statements, unit)
        switch symbol {
        case .alphabetisedParallel(let alphabet): nodeSymbol = .alphabetisedParallel(lower(alphabet, unit))
        case .linkedParallel(let links): nodeSymbol = .linkedParallel(lowerLinks(links, unit))
        default: break
        }
        return ReplicatedNode(range, nodeSymbol, statementNodes, lower(body, unit), timed: timed)
    }
}
