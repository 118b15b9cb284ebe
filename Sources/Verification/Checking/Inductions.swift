import CSP

/// What a script proves for any number of components: an invariant process that one component refines, and that stays what it is with one
/// component more (Wolper and Lovinfosse, "Verifying properties of large sets of processes with network invariants", 1989; Kurshan and McMillan,
/// "A structural induction theorem for processes", PODC 1989).
///
/// The base `I [M= C` and the step `I [M= I [|A|] C`, with hiding and renaming around it or not, together say `I [M= C [|A|] … [|A|] C` for every
/// number, because CSP's operators are monotonic. What then holds of a process with I in a parallel holds with any number of C in its place,
/// if it is a property that refinement keeps: liveness under fairness isn't one.
final class Inductions {
    private struct Claim {
        let invariant: Process
        let component: Process
        let model: SemanticModel
        let line: Int
    }

    private let store: ProcessStore
    private var bases: [Claim] = []
    private var proved: [Claim] = []
    /// Of an invariant that never diverges, what is proved in FD is proved in T and F.
    private var divergenceFree: Set<Process> = []

    init(store: ProcessStore) { self.store = store }

    /// What is to be said of an assertion that holds, after all those before it.
    func notes(on assertion: EvaluatedAssertion) -> [String] {
        guard !assertion.site.isNegated, assertion.tauPriority == nil else { return [] }
        switch assertion.property {
        case .refinement(let invariant, let model, let implementation):
            if let claim = step(invariant, model, implementation, assertion.site.line) {
                proved.append(claim)
                let name = invariant.name ?? "the left side"
                return [
                    "\(name) stands for any number of \(text(claim.component)): one is such a process (line \(claim.line)), and so is \(name) with one more"
                ]
            }
            bases.append(
                Claim(invariant: invariant, component: implementation, model: model, line: assertion.site.line))
            return anyNumber(implementation, model)
        case .deadlockFree(let process, let model): return anyNumber(process, model)
        case .divergenceFree(let process, let model):
            divergenceFree.insert(process)
            return anyNumber(process, model)
        default: return []
        }
    }

    /// The step of an induction whose base is known.
    private func step(_ invariant: Process, _ model: SemanticModel, _ implementation: Process, _ line: Int) -> Claim? {
        guard let parts = operands(of: implementation), parts.count == 2,
            let place = parts.firstIndex(where: { $0 === invariant })
        else { return nil }
        return bases.first { $0.invariant === invariant && $0.model == model && $0.component === parts[1 - place] }
    }

    /// The operands of the parallel that this process is, under hiding and renaming.
    private func operands(of process: Process) -> [Process]? {
        switch try? store.unfold(process).term {
        case .hide(let inner, _), .project(let inner, _), .rename(let inner, _): operands(of: inner)
        case .interleave(let parts), .generalisedParallel(_, let parts): parts
        case .alphabetisedParallel(let parts): parts.map(\.process)
        default: nil
        }
    }

    private func anyNumber(_ process: Process, _ model: SemanticModel) -> [String] {
        proved.filter { claim in
            claim.model == model || (claim.model == .failuresDivergences && divergenceFree.contains(claim.invariant))
        }.filter { contains(process, $0.invariant, depth: 0) }.map {
            "for any number of \(text($0.component)), which \($0.invariant.name ?? "an invariant") stands for"
        }
    }

    private static let depthMax = 20

    /// Whether the invariant is an operand of the parallels that this process is made of.
    private func contains(_ process: Process, _ invariant: Process, depth: Int) -> Bool {
        if depth > Self.depthMax { return false }
        if process === invariant { return depth > 0 }
        guard let head = try? store.unfold(process) else { return false }
        switch head.term {
        case .hide(let inner, _), .project(let inner, _), .rename(let inner, _):
            return contains(inner, invariant, depth: depth + 1)
        case .interleave(let parts), .generalisedParallel(_, let parts):
            return parts.contains { contains($0, invariant, depth: depth + 1) }
        case .alphabetisedParallel(let parts):
            return parts.contains { contains($0.process, invariant, depth: depth + 1) }
        default: return false
        }
    }

    private func text(_ process: Process) -> String {
        switch process.term {
        case .hide(let inner, _), .project(let inner, _), .rename(let inner, _): text(inner)
        default: ProcessNames(store: store).name(of: process)
        }
    }
}
