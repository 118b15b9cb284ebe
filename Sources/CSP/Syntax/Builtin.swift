/// The names that CSPm itself defines. A script may define any of them anew.
public enum Builtin: String, CaseIterable, Hashable, Sendable {
    // Sets
    case union, inter, diff
    case unionOfSets = "Union"
    case interOfSets = "Inter"
    case member, card, empty, set
    case powerSet = "Set"
    case sequencesOver = "Seq"
    case seq
    // Sequences
    case length, null, head, tail, concat, elem
    // Maps
    case emptyMap, mapFromList, mapLookup, mapMember, mapToList, mapUpdate, mapUpdateMultiple, mapDelete
    case mapsOver = "Map"
    // Dotted values and others
    case extensions, productions, show, error
    // Sets of all values of a type
    case int = "Int"
    case bool = "Bool"
    case char = "Char"
    case proc = "Proc"
    case events = "Events"
    case trueName = "True"
    case falseName = "False"
    // Processes
    case stop = "STOP"
    case skip = "SKIP"
    case div = "DIV"
    case chaos = "CHAOS"
    case run = "RUN"
    case buffer = "BUFFER"
    case weakBuffer = "WEAK_BUFFER"
    case signalBuffer = "SIGNAL_BUFFER"
    // Known inside Timed sections only
    case wait = "WAIT"
    case timedStop = "TSTOP"
    case timedSkip = "TSKIP"
    case timedPriority = "timed_priority"
    // What `external` brings in
    case core, deter, loop, prioritise
    case prioritiseNocache = "prioritise_nocache"
    case prioritisePartialOrder = "prioritisepo"
    case failureWatchdog = "failure_watchdog"
    case traceWatchdog = "trace_watchdog"
    case mtransclose
    case relationalImage = "relational_image"
    case relationalInverseImage = "relational_inverse_image"
    case transpose
    // What `transparent` brings in (`chase` is both)
    case explicate, lazyenumerate, diamond, normal, lazynorm, sbisim, dbisim, wbisim
    case tauLoopFactor = "tau_loop_factor"
    case modelCompress = "model_compress"
    case lazyCompile = "lazy_compile"
    case chase
    case chaseNocache = "chase_nocache"

    /// Known only after `external NAME`.
    public var isExternal: Bool {
        switch self {
        case .core, .deter, .loop, .prioritise, .prioritiseNocache, .prioritisePartialOrder, .failureWatchdog,
            .traceWatchdog,
            .mtransclose, .relationalImage, .relationalInverseImage, .transpose, .chase, .chaseNocache:
            true
        default: false
        }
    }

    /// Known only after `transparent NAME`.
    public var isTransparent: Bool {
        switch self {
        case .explicate, .lazyenumerate, .diamond, .normal, .lazynorm, .sbisim, .dbisim, .wbisim, .tauLoopFactor,
            .modelCompress, .lazyCompile, .chase, .chaseNocache:
            true
        default: false
        }
    }

    /// Known only inside a Timed section.
    public var isTimed: Bool {
        switch self {
        case .wait, .timedStop, .timedSkip, .timedPriority: true
        default: false
        }
    }
}
