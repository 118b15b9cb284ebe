import ModelChecking
import Testing
import Verification

@Suite("Recursion through operators that stay")
struct RecursionTests {
    private static let channels = "channel a, b, c\nchannel l, r, m : {0..1}\n"

    private static func check(_ text: String) throws -> AssertionReport {
        let options = VerificationOptions(maximumStates: 100_000)
        return try #require(try CheckedScript(channels + text, options: options).report.assertions.first)
    }

    @Test(
        "One that never becomes finite is refused, with the process and the operator that it goes through",
        arguments: [
            ("P = a -> (P ||| P)", "P", "|||"), ("P = a -> (P ||| b -> STOP)", "P", "|||"),
            ("P = a -> (P [|{b}|] P) [] b -> P", "P", "[|…|]"), ("P = a -> P ; c -> SKIP", "P", ";"),
            ("P = a -> P [[a <- b, b <- a]]", "P", "[[…]]"), ("P = (a -> P [] b -> SKIP) /\\ c -> P", "P", "/\\"),
            ("Q = b -> (P [] c -> Q)\nP = a -> (Q ||| P)", "Q", "|||"),
            ("P = l?x -> (P [m <-> l] C(x))\nC(x) = r!x -> l?y -> C(y)", "P", "[…<->…]"),
            ("P = ||| i : {0..1} @ l.i -> P", "P", "|||"),
            ("P = a -> P [|{c}|> STOP", "P", "[|…|>"), ("P = a -> (P /+{b}+\\ c -> STOP)", "P", "/+…+\\"),
        ])
    func neverFinite(script: String, process: String, symbol: String) throws {
        let report = try Self.check(script + "\nassert P :[deadlock free [F]]")
        #expect(report.verdict == .unknown && report.isRefused)
        let message = try #require(report.explanation)
        #expect(
            message.hasPrefix("\(process) never becomes finite: its recursion goes through \(symbol), "), "\(message)")
    }

    @Test(
        "One that does become finite is checked",
        arguments: [
            // What is hidden is hidden: once more changes nothing.
            "P = (a -> b -> P) \\ {b}\nassert a -> P [FD= P", "P = (a -> b -> P) |\\ {a}\nassert a -> P [F= P",
            "P = (l?x -> P) [[l <- l, l <- r]]\nassert RUN({| l, r |}) [FD= P",
            // The inner one can't go on.
            "P = a -> (P [|{a}|] b -> STOP)\nassert a -> b -> STOP [FD= P",
            // A part of a parallel that alone has no end, and is kept from it by the other part.
            "P = a -> (P ||| b -> STOP)\nassert a -> a -> STOP [FD= P [|{a, b}|] a -> a -> STOP",
            "B(i) = a -> B(i + 1)\nassert a -> a -> STOP [FD= B(0) [|{a}|] a -> a -> STOP",
            // Nested deeply, but as the script says, and not by recursion.
            "B(n) = if n == 0 then SKIP else B(n - 1) ; l!(n % 2) -> SKIP\nassert a -> B(700) :[divergence free]",
            "P(n) = if n == 0 then STOP else (l!(n % 2) -> P(n - 1)) ||| STOP\nassert a -> P(600) :[divergence free]",
        ])
    func finite(script: String) throws {
        let report = try Self.check(script)
        #expect(report.verdict == .holds, "\(report.explanation ?? "")")
    }

    @Test("Endless parameters end at the limit of memory, unknown; there is one even if nobody set it")
    func memory() throws {
        let script = "channel n : {0..3}\nP(i) = n!(i % 4) -> P(i + 1)\nassert P(0) :[deadlock free [F]]"
        let options = VerificationOptions(maximumBytes: 96 << 20)
        let report = try #require(try CheckedScript(script, options: options).report.assertions.first)
        #expect(report.verdict == .unknown && !report.isRefused)
        #expect(report.explanation == "stopped at the limit of 96 MiB of memory")
        #expect(try #require(MachineMemory.bytes) >= 64 << 20)
    }
}
