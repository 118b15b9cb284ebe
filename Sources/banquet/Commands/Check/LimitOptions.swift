import ArgumentParser
import ModelChecking
import Verification

/// What bounds a run of the checker.
struct LimitOptions: ParsableArguments {
    @Option(help: "The most states of one exploration; beyond it the verdict is unknown, and the exit code 3.")
    var maxStates: Int?
    @Option(help: "The most memory for one assertion, in MiB. (default: three quarters of the memory that there is)")
    var maxMemory: Int?
    @Option(help: "The most seconds for one assertion.") var timeout: Double?
    @Option(help: "Threads for large models; it changes no verdict and no counterexample. (default: one a processor)")
    var threads: Int?
    @Option(
        help: ArgumentHelp(
            "Look at fewer states where that can't change the answer: symmetry, partial-order, both with a comma between, or none.",
            valueName: "reductions"))
    var reduce: String = "none"
    @Option(
        help: ArgumentHelp(
            "Explore the shipped core, where a script names it, with these clauses besides its own: 'late 2, crashes 2'.",
            valueName: "clauses"))
    var core: String?

    func validate() throws {
        if let maxStates, maxStates < 1 { throw ValidationError("--max-states must be at least 1") }
        if let maxMemory, !(1...(1 << 24)).contains(maxMemory) {
            throw ValidationError("--max-memory must be from 1 to \(1 << 24) MiB")
        }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be from 1 to 256") }
        if let timeout, !(timeout > 0 && timeout < 1e9) {
            throw ValidationError("--timeout must be more than 0 seconds")
        }
        _ = try reductions()
    }

    private func reductions() throws -> Reductions {
        let known: [String: Reductions] = ["none": [], "symmetry": .symmetry, "partial-order": .partialOrder]
        return try reduce.split(separator: ",").reduce(into: []) { result, name in
            guard let reduction = known[String(name)] else {
                throw ValidationError("--reduce knows symmetry, partial-order and none, not \(name)")
            }
            result.formUnion(reduction)
        }
    }

    var verification: VerificationOptions {
        var options = VerificationOptions(
            maximumStates: maxStates, maximumBytes: maxMemory.map { $0 << 20 },
            timeout: timeout.map { .milliseconds(Int64($0 * 1000)) },
            isCancelled: { Interruption.isRequested }, threads: threads)
        options.reductions = (try? reductions()) ?? []
        options.coreAdditions = core
        return options
    }
}
