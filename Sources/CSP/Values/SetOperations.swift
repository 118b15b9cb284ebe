extension SetValue {
    private static func isExplicit(_ set: SetValue) throws(EvaluationError) -> Bool {
        switch set.form {
        case .explicit: true
        default: try set.isFinite()
        }
    }

    func union(_ other: SetValue) throws(EvaluationError) -> SetValue {
        if self === other { return self }
        if case .explicit(let a) = form, a.isEmpty { return other }
        if case .explicit(let b) = other.form, b.isEmpty { return self }
        switch (form, other.form) {
        case (.completions(let a), .completions(let b)):
            var prefixes = a
            for prefix in b where !prefixes.contains(where: { $0 === prefix }) { prefixes.append(prefix) }
            return SetValue(.completions(prefixes))
        case (.integers, .from), (.integers, .range), (.integers, .integers): return self
        case (.from, .integers), (.range, .integers): return other
        case (.from(let a), .from(let b)): return a <= b ? self : other
        default: break
        }
        if try Self.isExplicit(self), try Self.isExplicit(other) {
            return SetValue(.explicit(Self.merged(try elements(), try other.elements())))
        }
        if try other.isFinite(), try other.isSubset(of: self) { return self }
        if try isFinite(), try isSubset(of: other) { return other }
        if case .from(let low) = form, try other.isFinite() { return try Self.adding(other.elements(), toFrom: low) }
        if case .from(let low) = other.form, try isFinite() { return try Self.adding(elements(), toFrom: low) }
        return SetValue(.union(self, other))
    }

    /// `union({0}, {1..}) = {0..}`
    private static func adding(_ elements: [Value], toFrom low: Int) throws(EvaluationError) -> SetValue {
        var low = low
        var others: [Value] = []
        for case .integer(let number) in elements.reversed() where number < low {
            if number == low - 1 { low = number } else { others.append(.integer(number)) }
        }
        let rest = SetValue(.from(low))
        return others.isEmpty ? rest : SetValue(.union(SetValue(.explicit(others.reversed())), rest))
    }

    private static func merged(_ a: [Value], _ b: [Value]) -> [Value] {
        if b.count == 1 { return inserting(b[0], in: a) }
        if a.count == 1 { return inserting(a[0], in: b) }
        var result: [Value] = []
        result.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            switch a[i].order(b[j]) {
            case .before:
                result.append(a[i])
                i += 1
            case .after:
                result.append(b[j])
                j += 1
            case .same:
                result.append(a[i])
                i += 1
                j += 1
            }
        }
        result.append(contentsOf: a[i...])
        result.append(contentsOf: b[j...])
        return result
    }

    private static func inserting(_ value: Value, in elements: [Value]) -> [Value] {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            switch elements[middle].order(value) {
            case .before: low = middle + 1
            case .same: return elements
            case .after: high = middle
            }
        }
        var result = elements
        result.insert(value, at: low)
        return result
    }

    func intersection(_ other: SetValue) throws(EvaluationError) -> SetValue {
        if self === other { return self }
        switch (form, other.form) {
        case (.integers, .from), (.integers, .range): return other
        case (.from, .integers), (.range, .integers): return self
        case (.from(let a), .from(let b)): return a >= b ? self : other
        case (.range(let a), .range(let b)):
            return .range(max(a.lowerBound, b.lowerBound), min(a.upperBound, b.upperBound))
        case (.range(let a), .from(let b)), (.from(let b), .range(let a)):
            return .range(max(a.lowerBound, b), a.upperBound)
        case (.processes, .processes), (.characters, .characters): return self
        default: break
        }
        if try isFinite() {
            return SetValue(
                .explicit(try elements().filterThrowing { x throws(EvaluationError) in try other.contains(x) }))
        }
        if try other.isFinite() {
            return SetValue(
                .explicit(try other.elements().filterThrowing { x throws(EvaluationError) in try contains(x) }))
        }
        return SetValue(.intersection(self, other))
    }

    func subtracting(_ other: SetValue) throws(EvaluationError) -> SetValue {
        if self === other { return .empty }
        switch (form, other.form) {
        case (.range(let a), .range(let b)) where a.lowerBound >= b.lowerBound:
            return .range(max(a.lowerBound, b.upperBound + 1), a.upperBound)
        case (.from(let a), .range(let b)) where b.lowerBound <= a: return SetValue(.from(max(a, b.upperBound + 1)))
        case (.from(let a), .from(let b)): return .range(a, b - 1)
        case (.integers, .integers), (.from, .integers), (.processes, .processes): return .empty
        case (.integers, .from): return SetValue(.difference(self, other))
        default: break
        }
        if try isFinite() {
            return SetValue(
                .explicit(try elements().filterThrowing { x throws(EvaluationError) in try !other.contains(x) }))
        }
        if case .from(let low) = form, try other.isFinite() {
            return try Self.removing(other.elements(), fromIntegersFrom: low)
        }
        if try other.isFinite(), try other.isEmpty() { return self }
        return SetValue(.difference(self, other))
    }

    /// `diff({1..}, {1}) = {2..}`
    private static func removing(_ elements: [Value], fromIntegersFrom low: Int) throws(EvaluationError) -> SetValue {
        var low = low
        var holes: [Value] = []
        for case .integer(let number) in elements where number >= low {
            if number == low, holes.isEmpty { low += 1 } else { holes.append(.integer(number)) }
        }
        let rest = SetValue(.from(low))
        return holes.isEmpty ? rest : SetValue(.difference(rest, SetValue(.explicit(holes))))
    }

    func isSubset(of other: SetValue) throws(EvaluationError) -> Bool {
        if self === other { return true }
        switch (form, other.form) {
        case (.range(let a), .range(let b)): return a.lowerBound >= b.lowerBound && a.upperBound <= b.upperBound
        case (.from(let a), .from(let b)): return a >= b
        case (.from, .integers), (.integers, .integers), (.processes, .processes), (.characters, .characters):
            return true
        case (.integers, .from): return false
        case (.sequences(let a), .sequences(let b)), (.powerSet(let a), .powerSet(let b)): return try a.isSubset(of: b)
        case (.maps(let a, let x), .maps(let b, let y)): return try a.isSubset(of: b) ? try x.isSubset(of: y) : false
        case (.union(let a, let b), _): return try a.isSubset(of: other) ? try b.isSubset(of: other) : false
        case (_, .difference(let a, let b)) where try b.isFinite():
            guard try isSubset(of: a) else { return false }
            for element in try b.elements() {
                if try contains(element) { return false }
            }
            return true
        case (.difference(let a, _), _): if try a.isSubset(of: other) { return true }
        default: break
        }
        if try isFinite() {
            for element in try elements() {
                if try !other.contains(element) { return false }
            }
            return true
        }
        if try other.isFinite() { return false }
        if order(other) == .same { return true }
        if case .union(let a, let b) = other.form, try isSubset(of: a) ? true : try isSubset(of: b) { return true }
        if case .tuples(let a) = form, case .tuples(let b) = other.form, a.count == b.count {
            for (x, y) in zip(a, b) {
                if try !x.isSubset(of: y) { return false }
            }
            return true
        }
        throw EvaluationError("whether \(summary) is a subset of \(other.summary) can't be decided: both have no end")
    }

    /// By size, then by elements; endless ones come last, by form.
    func order(_ other: SetValue) -> TotalOrder {
        if self === other { return .same }
        if case .range(let x) = form, case .range(let y) = other.form {
            return x.count != y.count ? TotalOrder(x.count, y.count) : TotalOrder(x.lowerBound, y.lowerBound)
        }
        let mine = (try? isFinite()) == true ? try? elements() : nil
        let others = (try? other.isFinite()) == true ? try? other.elements() : nil
        switch (mine, others) {
        case (let a?, let b?): return a.count != b.count ? TotalOrder(a.count, b.count) : Value.order(a[...], b[...])
        case (_?, nil): return .before
        case (nil, _?): return .after
        case (nil, nil): return orderOfForms(other)
        }
    }

    private func orderOfForms(_ other: SetValue) -> TotalOrder {
        func pairs(_ a: [SetValue], _ b: [SetValue]) -> TotalOrder {
            for (x, y) in zip(a, b) {
                let order = x.order(y)
                if order != .same { return order }
            }
            return TotalOrder(a.count, b.count)
        }
        switch (form, other.form) {
        case (.from(let a), .from(let b)): return TotalOrder(a, b)
        case (.sequences(let a), .sequences(let b)), (.powerSet(let a), .powerSet(let b)): return a.order(b)
        case (.maps(let a, let x), .maps(let b, let y)), (.union(let a, let x), .union(let b, let y)),
            (.intersection(let a, let x), .intersection(let b, let y)),
            (.difference(let a, let x), .difference(let b, let y)):
            return pairs([a, x], [b, y])
        case (.tuples(let a), .tuples(let b)), (.dots(let a), .dots(let b)): return pairs(a, b)
        case (.completions(let a), .completions(let b)):
            return Value.order(Value.ascending(a.map { .dotted($0) })[...], Value.ascending(b.map { .dotted($0) })[...])
        default: return TotalOrder(formRank, other.formRank)
        }
    }

    private var formRank: Int {
        switch form {
        case .explicit: 0
        case .range: 1
        case .from: 2
        case .integers: 3
        case .processes: 4
        case .characters: 5
        case .sequences: 6
        case .powerSet: 7
        case .maps: 8
        case .tuples: 9
        case .dots: 10
        case .completions: 11
        case .union: 12
        case .intersection: 13
        case .difference: 14
        }
    }

    // MARK: As the type of fields

    /// The sets that fields of a channel declared with this set are from: more than one if its elements are products.
    func factors() throws(EvaluationError) -> [SetValue] {
        switch form {
        case .dots(let factors):
            if factors.count > 0, let first = try factors[0].elementsIfFinite()?.first, case .dotted = first {
                return [self]
            }
            return factors
        case .explicit(let elements):
            guard case .product(let first)? = elements.first else { return [self] }
            var columns = [[Value]](repeating: [], count: first.parts.count)
            for element in elements {
                guard case .product(let product) = element, product.parts.count == columns.count else {
                    return try notRectangular()
                }
                for (index, part) in product.parts.enumerated() { columns[index].append(part) }
            }
            let sets = columns.map { SetValue(of: $0) }
            var count = 1
            for set in sets { count *= try set.card() }
            return count == elements.count ? sets : try notRectangular()
        default: return [self]
        }
    }

    private func notRectangular() throws(EvaluationError) -> [SetValue] {
        throw EvaluationError(
            "the fields can be from \(summary) only if it is a product of sets, {…}.{…}: this one lacks some of the combinations"
        )
    }

    private func elementsIfFinite() throws(EvaluationError) -> [Value]? { try isFinite() ? try elements() : nil }
}
