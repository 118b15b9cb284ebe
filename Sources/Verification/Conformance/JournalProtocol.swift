public import CSP
import ModelChecking

/// The protocol as a journal shows it: the processes of `Specs/journal`, compiled once, for any number of objects.
public struct JournalProtocol: Sendable {
    let lease, holding, task, job, grant, worker, cluster: ObjectProcess
    /// Gangs are granted in one go, as under every policy but `greedy-gang`.
    let grantsAtOnce: Bool

    /// - Parameter script: defines a process for each kind of object, as `Specs/journal/processes.csp` does.
    /// - Throws: `JournalSpecFault`, `ScriptFault`, `EvaluationError`, `CompilationError`.
    public init(_ script: Script, grantsAtOnce: Bool = true) throws {
        let compiler = NetworkCompiler(store: script.store, purpose: .models, wieldyStates: 100_000)
        func process(_ kind: ObjectProcess.Kind) throws -> ObjectProcess {
            try LargeStack.run(bytes: 64 << 20) { try ObjectProcess(kind, of: script, compiler: compiler) }
        }
        lease = try process(.lease)
        holding = try process(.holding)
        task = try process(.task)
        job = try process(.job)
        grant = try process(.grant)
        worker = try process(.worker)
        cluster = try process(.cluster)
        self.grantsAtOnce = grantsAtOnce
    }

    /// The protocol that this build of Banquet comes with.
    public static func shipped(grantsAtOnce: Bool = true) throws -> JournalProtocol {
        try JournalProtocol(
            Script.load(text: EmbeddedSpecs.journal, path: "Specs/journal/journal.csp"), grantsAtOnce: grantsAtOnce)
    }

    /// What was compiled: a line for each process.
    public var summary: [(name: String, states: Int, events: Int)] {
        [cluster, job, grant, task, lease, holding, worker].map { ($0.kind.rawValue, $0.stateCount, $0.symbolCount) }
    }
}
