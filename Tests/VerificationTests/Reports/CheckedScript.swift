import Foundation
import Verification

/// A script in a file of its own, checked.
struct CheckedScript {
    let report: FileReport

    init(_ text: String, options: VerificationOptions = VerificationOptions(), until: CheckPhase = .assertions) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString).csp")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        report = FileCheck.run(path: file.path, until: until, options: options)
    }

    var assertions: [AssertionReport] { report.assertions }

    /// Processes that the tests of reports check.
    static let declarations = """
        channel a, b, c
        channel sit, eat : {0..2}
        channel pick, put : {0..2}.{0..2}
        PHIL(i) = sit.i -> pick.i.i -> pick.i.((i+1)%3) -> eat.i -> put.i.((i+1)%3) -> put.i.i -> PHIL(i)
        FORK(f) = pick.f.f -> put.f.f -> FORK(f) [] pick.((f-1)%3).f -> put.((f-1)%3).f -> FORK(f)
        TABLE = (||| i : {0..2} @ PHIL(i)) [| {|pick, put|} |] (||| f : {0..2} @ FORK(f))
        P = a -> (b -> P |~| c -> P)
        Q = a -> b -> Q
        LOOP = b -> LOOP

        datatype Job = low | high
        channel submit, start : Job
        TENANT(j) = submit.j -> start.j -> TENANT(j)
        SCHEDULER(n) = n < 2 & submit.high -> SCHEDULER(n + 1)
            [] n == 0 & submit.low -> start.low -> SCHEDULER(0)
            [] n > 0 & start.high -> SCHEDULER(n - 1)
            [] n > 0 & submit.low -> WITH_LOW(n)
        WITH_LOW(n) = n < 2 & submit.high -> WITH_LOW(n + 1)
            [] n > 0 & start.high -> WITH_LOW(if n == 1 then 1 else n - 1)
        SYSTEM = (TENANT(low) ||| TENANT(high)) [| {|submit, start|} |] SCHEDULER(0)

        """
}
