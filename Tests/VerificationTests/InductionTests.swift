import Testing
import Verification

/// What a script proves for any number of components is said where it is proved, and nowhere else.
struct InductionTests {
    private static let gang = """
        channel accept, start, lost, over
        RANK = accept -> READY [] lost -> RANK
        READY = start -> RANK [] lost -> RANK
        ALL = {start, lost}
        INVARIANT = start -> INVARIANT [] lost -> INVARIANT
        COORDINATOR = start -> COORDINATOR [] lost -> COORDINATOR
        SYSTEM = COORDINATOR [| ALL |] INVARIANT

        """
    private static let base = "assert INVARIANT [FD= RANK \\ {accept}"
    private static let step = "assert INVARIANT [FD= INVARIANT [| ALL |] (RANK \\ {accept})"

    /// The notes of each assertion.
    private func notes(_ assertions: String..., definitions: String = gang) -> [[String]] {
        let report = FileCheck.run(
            text: definitions + assertions.joined(separator: "\n"), name: "induction", options: VerificationOptions())
        #expect(report.errors.isEmpty, "\(report.errors)")
        return report.assertions.map(\.notes)
    }

    @Test func aStepAfterItsBaseProvesAnyNumber() {
        let found = notes(Self.base, Self.step)
        #expect(found[0].isEmpty)
        #expect(found[1].count == 1 && found[1][0].contains("INVARIANT stands for any number of RANK"), "\(found)")
    }

    @Test func whatHoldsOfTheInvariantHoldsOfAnyNumber() {
        let found = notes(
            Self.base, Self.step, "assert SYSTEM :[deadlock free [FD]]", "assert RUN(ALL) [FD= SYSTEM",
            "assert SYSTEM :[divergence free]")
        for notes in found[2...] { #expect(notes.contains { $0.contains("for any number of RANK") }, "\(found)") }
    }

    @Test func nothingIsSaidWithoutTheBase() {
        #expect(notes(Self.step, "assert SYSTEM :[deadlock free [FD]]").allSatisfy { $0.isEmpty })
    }

    @Test func nothingIsSaidOfAStepThatFails() {
        let definitions = Self.gang + "DEAF = accept -> start -> DEAF\n"
        let found = notes(
            "assert INVARIANT [T= DEAF \\ {accept}", "assert INVARIANT [FD= INVARIANT [| ALL |] (DEAF \\ {accept})",
            "assert SYSTEM :[deadlock free [FD]]", definitions: definitions)
        #expect(found.allSatisfy { $0.isEmpty }, "\(found)")
    }

    @Test func aStepInOneModelSaysNothingInAStrongerOne() {
        let found = notes(
            "assert INVARIANT [T= RANK \\ {accept}", "assert INVARIANT [T= INVARIANT [| ALL |] (RANK \\ {accept})",
            "assert SYSTEM :[deadlock free [FD]]", "assert RUN(ALL) [T= SYSTEM")
        #expect(found[1].count == 1 && found[2].isEmpty && found[3].count == 1, "\(found)")
    }

    @Test func nothingIsSaidOfTheComponentsOfAnotherInvariant() {
        let found = notes(
            "assert INVARIANT [FD= COORDINATOR", Self.step, "assert SYSTEM :[deadlock free [FD]]")
        #expect(found.allSatisfy { $0.isEmpty }, "\(found)")
    }

    @Test func nothingIsSaidOfLivenessOrOfWhatFailsOrOfProcessesWithoutTheInvariant() {
        let found = notes(
            Self.base, Self.step, "{-# assert SYSTEM :[starvation free [SF]]: {(lost, start)} #-}",
            "assert not STOP [T= SYSTEM", "assert COORDINATOR :[deadlock free [FD]]",
            "assert INVARIANT :[deadlock free [FD]]")
        #expect(found[2...].allSatisfy { $0.isEmpty }, "\(found)")
    }
}
