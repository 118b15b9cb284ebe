import Testing

@testable import CSP

/// Unification and constraints by themselves, on types made here.
@Suite struct UnifierTests {
    let unifier = Unifier()
    let colour = Symbol(id: 0, name: "Colour", kind: .datatype, range: .nowhere, isTopLevel: true)

    private func unified(_ a: CSPMType, _ b: CSPMType) -> String? {
        (try? unifier.unify(a, b)).map { "\($0)" }
    }

    // MARK: - Ordinary types

    /// Types without variables and dots, at most so deep.
    private func groundTypes(depth: Int) -> [CSPMType] {
        let atoms: [CSPMType] = [.int, .bool, .process, .event, .datatype(colour)]
        guard depth > 0 else { return atoms }
        let smaller = groundTypes(depth: depth - 1)
        return smaller + smaller.flatMap { [.set($0), .sequence($0)] }
            + smaller.prefix(4).flatMap { a in
                smaller.prefix(4).flatMap { b in
                    [CSPMType.tuple([a, b]), .function([a], b), .map(a, b)]
                }
            }
    }

    @Test func groundTypesAreUnifiedWithThemselvesOnly() {
        let types = groundTypes(depth: 2)
        let texts = types.map { "\($0)" }
        #expect(types.count > 100)
        for (i, a) in types.enumerated() {
            for (j, b) in types.enumerated() { #expect((unified(a, b) != nil) == (texts[i] == texts[j])) }
        }
    }

    @Test func aVariableStandsForOneType() throws {
        let v = unifier.fresh()
        try unifier.unify(.tuple([v, .int]), .tuple([.bool, .int]))
        #expect("\(v)" == "Bool")
        #expect(unified(v, .int) == nil)
        #expect(unified(.set(v), .set(.bool)) == "{Bool}")
    }

    @Test func noTypeIsPartOfItself() {
        let v = unifier.fresh()
        #expect(throws: TypeConflict.self) { try unifier.unify(v, .set(v)) }
        #expect(unified(v, v) != nil)
    }

    @Test func onlyTheVariablesOfTheClosedGroupBecomeGeneral() throws {
        let outer = unifier.fresh()
        unifier.level += 1
        let (inner, caught) = (unifier.fresh(), unifier.fresh())
        try unifier.unify(caught, .set(outer))
        unifier.level -= 1
        let scheme = unifier.generalise(.function([inner, caught], outer))
        #expect(scheme.variables.count == 1)
        let copy = unifier.instantiate(scheme)
        try unifier.unify(copy, .function([.int, .set(.bool)], .bool))
        #expect("\(unifier.instantiate(scheme))" == "(a, {Bool}) -> Bool")
    }

    @Test func anAnnotatedVariableIsNoOtherType() {
        let a = CSPMType.variable(TypeVariable(level: 0, rigidName: "a"))
        let b = CSPMType.variable(TypeVariable(level: 0, rigidName: "b"))
        #expect(unified(a, b) == nil)
        #expect(unified(a, .int) == nil)
        #expect(unified(.int, a) == nil)
        #expect(unified(a, a) == "a")
        #expect(unified(unifier.fresh(), b) == "b")
    }

    // MARK: - Dotted types

    /// Each way of bracketing the types with dots.
    private func bracketings(_ types: ArraySlice<CSPMType>) -> [CSPMType] {
        if types.count == 1 { return [types.first!] }
        return types.indices.dropFirst().flatMap { middle in
            bracketings(types[..<middle]).flatMap { left in
                bracketings(types[middle...]).map { .dot(left, $0) }
            }
        }
    }

    @Test(arguments: 1...4)
    func allFieldsMakeAnEvent(count: Int) {
        let fields = Array([CSPMType.int, .bool, .datatype(colour), .char].prefix(count))
        let channel = CSPMType.dotable(fields, to: .event)
        for type in bracketings(([channel] + fields)[...]) {
            #expect(unified(.event, type) == "Event")
            #expect((try? unifier.simplified(type)).map { "\($0)" } == "Event")
            #expect(unified(.event, .dot(type, .int)) == nil)
        }
        let fewer = CSPMType.dotted([channel] + fields.dropLast())
        #expect(unified(.event, fewer) == nil)
        #expect(unified(.dotable(fields.last!, .event), fewer) != nil)
        #expect(unified(.event, .dotted([channel] + fields.dropLast() + [.process])) == nil)
    }

    @Test func theLastVariableTakesAllThatIsLeft() throws {
        let channel = CSPMType.dotable([.int, .bool, .char], to: .event)
        let (x, y) = (unifier.fresh(), unifier.fresh())
        try unifier.unify(.event, .dotted([channel, x, y]))
        #expect("\(x)" == "Int")
        #expect("\(y)" == "Bool.Char")
        let z = unifier.fresh()
        #expect("\(try unifier.simplified(.dot(channel, z)))" == "Event")
        #expect("\(z)" == "Int.Bool.Char")
    }

    @Test func fieldsOfFieldsAreTakenUpAsWell() throws {
        let constructor = CSPMType.dotable([.int, .bool], to: .datatype(colour))
        let channel = CSPMType.dotable([.datatype(colour), .char], to: .event)
        #expect(unified(.event, .dotted([channel, constructor, .int, .bool, .char])) == "Event")
        #expect(unified(.event, .dotted([channel, .dotted([constructor, .int, .bool]), .char])) == "Event")
        #expect(unified(.dotable([.bool, .char], to: .event), .dotted([channel, constructor, .int])) != nil)
        #expect(unified(.event, .dotted([channel, constructor, .int, .char])) == nil)
    }

    @Test func anExtendableTakesAnyNumberOfFields() throws {
        let channel = CSPMType.dotable([.int, .bool], to: .event)
        for type in [channel, .dot(channel, .int), .dotted([channel, .int, .bool]), .event] {
            #expect(unified(.extendable(.event, unifier.freshVariable()), type) != nil)
        }
        let variable = unifier.freshVariable()
        let extendable = CSPMType.extendable(.event, variable)
        try unifier.unify(extendable, channel)
        // From now on it lacks just these.
        #expect(unified(extendable, .dotable([.int, .bool], to: .event)) != nil)
        #expect(unified(extendable, .dotable([.bool], to: .event)) == nil)
        #expect(unified(.extendable(.event, unifier.freshVariable()), .int) == nil)
    }

    @Test func wholeValuesAreNotSplitInParameters() {
        let pair = CSPMType.dot(unifier.fresh(), unifier.fresh())
        let partial = CSPMType.dotable(.int, .datatype(colour))
        let triple = CSPMType.dotted([unifier.fresh(), unifier.fresh(), unifier.fresh()])
        #expect(throws: TypeConflict.self) { try unifier.match(pair, .event) }
        #expect(throws: TypeConflict.self) { try unifier.match(pair, partial) }
        #expect(throws: TypeConflict.self) { try unifier.match(triple, .dot(.event, partial)) }
        #expect(throws: Never.self) { try unifier.match(.event, .dot(.dotable(.int, .event), .int)) }
        #expect(throws: Never.self) { try unifier.match(.dot(.dotable(.int, .event), unifier.fresh()), .event) }
        #expect(throws: Never.self) { try unifier.match(pair, .dot(.event, partial)) }
    }

    // MARK: - Constraints

    private func has(_ type: CSPMType, _ constraint: TypeConstraints) -> Bool {
        (try? unifier.require(constraint, of: type)) != nil
    }

    @Test func whatEachTypeSupports() {
        let partial = CSPMType.dotable(.int, .event)
        let rows: [(CSPMType, TypeConstraints)] = [
            (.int, [.eq, .ord, .complete, .set]),
            (.char, [.eq, .ord, .complete, .set]),
            (.bool, [.eq, .complete, .set]),
            (.process, [.complete, .set]),
            (.event, [.eq, .complete, .set, .yieldable]),
            (.datatype(colour), [.eq, .complete, .set, .yieldable]),
            (.function([.int], .int), []),
            (partial, [.eq, .set]),
            (.dot(partial, .int), [.eq, .complete, .set, .yieldable]),
            (.dot(.int, .bool), [.eq, .complete, .set]),
            (.set(.process), [.complete, .set]),
            (.set(.bool), [.eq, .ord, .complete, .set]),
            (.sequence(.bool), [.eq, .ord, .complete, .set]),
            (.sequence(.process), [.complete, .set]),
            (.tuple([.int, .char]), [.eq, .ord, .complete, .set]),
            (.tuple([.int, .bool]), [.eq, .complete, .set]),
            (.map(.int, .int), [.eq, .ord, .complete, .set]),
            (.map(.int, .function([], .int)), [.complete]),
        ]
        for (type, supported) in rows {
            for (constraint, name) in TypeConstraints.names {
                #expect(has(type, constraint) == supported.contains(constraint), "\(name) \(type)")
            }
        }
    }

    @Test func variablesRememberTheirConstraints() throws {
        let v = unifier.fresh(.eq)
        try unifier.unify(v, unifier.fresh(.complete))
        #expect("\(v)" == "(Eq a, Complete a) => a")
        #expect(unified(v, .process) == nil)
        #expect(unified(v, .dotable(.int, .event)) == nil)
        #expect(unified(v, .bool) == "Bool")
        let w = unifier.fresh()
        try unifier.require(.set, of: .tuple([w, .sequence(w)]))
        #expect(unified(w, .function([.int], .int)) == nil)
    }

    // MARK: - Printing

    @Test func typesAreWrittenAsScriptsWriteThem() {
        let (a, b) = (unifier.fresh(.eq), unifier.fresh())
        let rows: [(CSPMType, String)] = [
            (.function([a, b], .set(a)), "Eq a => (a, b) -> {a}"),
            (.function([], .function([.int], .bool)), "() -> (Int) -> Bool"),
            (.dotable([.int, .bool], to: .event), "Int => Bool => Event"),
            (.dotable(.dotable(.int, .datatype(colour)), .event), "(Int => Colour) => Event"),
            (.dot(.int, .dot(.bool, .char)), "Int.Bool.Char"),
            (.dot(.dot(.int, .bool), .char), "Int.Bool.Char"),
            (.dot(.dotable(.int, .event), .int), "Event"),
            (.dot(.dotable(.int, .event), .bool), "(Int => Event).Bool"),
            (.dotable(.dot(.int, .bool), .event), "Int.Bool => Event"),
            (.map(.int, .set(.sequence(.char))), "(| Int => {<Char>} |)"),
            (.sequence(.tuple([.process, .function([.int], .int)])), "<(Proc, (Int) -> Int)>"),
            (.extendable(.event, TypeVariable(level: 0, rigidName: "fields")), "fields =>* Event"),
        ]
        for (type, text) in rows { #expect("\(type)" == text) }
    }
}
