/// The types of the names that CSPm defines, as FDR's manual gives them.
extension Builtin {
    var typeScheme: TypeScheme {
        switch self {
        case .union, .inter, .diff: Self.forAll(.set) { .function([.set($0), .set($0)], .set($0)) }
        case .unionOfSets, .interOfSets: Self.forAll(.set) { .function([.set(.set($0))], .set($0)) }
        case .set: Self.forAll(.set) { .function([.sequence($0)], .set($0)) }
        case .powerSet: Self.forAll(.set) { .function([.set($0)], .set(.set($0))) }
        case .sequencesOver: Self.forAll(.set) { .function([.set($0)], .set(.sequence($0))) }
        // These ask about the members of a set, so that they compare them.
        case .member: Self.forAll(.eq) { .function([$0, .set($0)], .bool) }
        case .card: Self.forAll(.eq) { .function([.set($0)], .int) }
        case .empty: Self.forAll(.eq) { .function([.set($0)], .bool) }
        case .seq: Self.forAll(.eq) { .function([.set($0)], .sequence($0)) }
        case .elem: Self.forAll(.eq) { .function([$0, .sequence($0)], .bool) }
        case .length: Self.forAll([]) { .function([.sequence($0)], .int) }
        case .null: Self.forAll([]) { .function([.sequence($0)], .bool) }
        case .head: Self.forAll([]) { .function([.sequence($0)], $0) }
        case .tail: Self.forAll([]) { .function([.sequence($0)], .sequence($0)) }
        case .concat: Self.forAll([]) { .function([.sequence(.sequence($0))], .sequence($0)) }
        case .emptyMap, .mapFromList, .mapLookup, .mapMember, .mapToList, .mapUpdate, .mapUpdateMultiple, .mapDelete,
            .mapsOver:
            mapTypeScheme
        case .extensions: Self.forAll([], .yieldable) { .function([.dotable($0, $1)], .set($0)) }
        case .productions: Self.typeOfProductions
        case .show: Self.forAll([]) { .function([$0], .sequence(.char)) }
        case .error: Self.forAll([]) { .function([.sequence(.char)], $0) }
        case .mtransclose, .relationalImage, .relationalInverseImage, .transpose: relationTypeScheme
        default: TypeScheme(type: plainType, variables: [])
        }
    }

    private var mapTypeScheme: TypeScheme {
        Self.forAll(.set, self == .mapsOver ? .set : []) { key, value in
            let map = CSPMType.map(key, value)
            let pairs = CSPMType.sequence(.tuple([key, value]))
            return switch self {
            case .emptyMap: map
            case .mapFromList: .function([pairs], map)
            case .mapLookup: .function([map, key], value)
            case .mapMember: .function([map, key], .bool)
            case .mapToList: .function([map], pairs)
            case .mapUpdate: .function([map, key, value], map)
            case .mapUpdateMultiple: .function([map, pairs], map)
            case .mapDelete: .function([map, key], map)
            default: .function([.set(key), .set(value)], .set(map))
            }
        }
    }

    private var relationTypeScheme: TypeScheme {
        switch self {
        case .mtransclose:
            Self.forAll(.eq) { .function([.set(.tuple([$0, $0])), .set($0)], .set(.tuple([$0, $0]))) }
        case .relationalImage:
            Self.forAll(.eq, .set) { .function([.set(.tuple([$0, $1]))], .function([$0], .set($1))) }
        case .relationalInverseImage:
            Self.forAll(.set, .eq) { .function([.set(.tuple([$0, $1]))], .function([$1], .set($0))) }
        default: Self.forAll(.set, .set) { .function([.set(.tuple([$0, $1]))], .set(.tuple([$1, $0]))) }
        }
    }

    /// The type of a builtin that has the same type everywhere.
    private var plainType: CSPMType {
        let events = CSPMType.set(.event)
        let pairs = CSPMType.set(.tuple([.event, .event]))
        return switch self {
        case .int: .set(.int)
        case .bool: .set(.bool)
        case .char: .set(.char)
        case .proc: .set(.process)
        case .events: events
        case .trueName, .falseName: .bool
        case .stop, .skip, .div, .timedStop, .timedSkip: .process
        case .chaos, .run: .function([events], .process)
        case .lazyCompile: .function([.process, events], .process)
        case .buffer: .function([.int, pairs], .process)
        case .core: .function([.sequence(.char), events], .process)
        case .weakBuffer: .function([.int, .event, pairs], .process)
        case .signalBuffer: .function([.int, .event, .event, pairs], .process)
        case .wait: .function([.int], .process)
        case .prioritise, .prioritiseNocache: .function([.process, .sequence(events)], .process)
        case .prioritisePartialOrder: .function([.process, events, pairs, events], .process)
        case .failureWatchdog, .traceWatchdog: .function([.process, events, .event], .process)
        default: .function([.process], .process)
        }
    }

    private static func generic(_ constraints: TypeConstraints) -> TypeVariable {
        TypeVariable(constraints: constraints, level: TypeVariable.generic)
    }

    private static func forAll(_ constraints: TypeConstraints, _ type: (CSPMType) -> CSPMType) -> TypeScheme {
        let variable = generic(constraints)
        return TypeScheme(type: type(.variable(variable)), variables: [variable])
    }

    private static func forAll(
        _ first: TypeConstraints, _ second: TypeConstraints, _ type: (CSPMType, CSPMType) -> CSPMType
    ) -> TypeScheme {
        let (a, b) = (generic(first), generic(second))
        return TypeScheme(type: type(.variable(a), .variable(b)), variables: [a, b])
    }

    /// `Yieldable a => (b =>* a) -> {a}`
    private static var typeOfProductions: TypeScheme {
        let (a, b) = (generic(.yieldable), generic([]))
        let type = CSPMType.function([.extendable(.variable(a), b)], .set(.variable(a)))
        return TypeScheme(type: type, variables: [a, b])
    }
}
