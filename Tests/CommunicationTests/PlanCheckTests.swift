import Foundation
import Testing

@testable import Communication

/// Known mistakes of real programs, each with what it is called and where it is.
@Suite struct PlanCheckTests {
    @Test func twoRanksThatSendFirst() throws {
        let text = """
            program:
              - send: 1 - rank
              - recv: 1 - rank
            """
        let report = try check(text, ranks: 2)
        #expect(report.verdict == .fails)
        let fault = try #require(report.fault)
        #expect(fault.kind == .deadlock)
        #expect(fault.summary == "ranks 0 and 1 wait for each other")
        #expect(fault.ring.map(\.site.rank) == [0, 1])
        #expect(fault.ring.map(\.waitsFor) == [[1], [0]])
        #expect(fault.ring[0].site.text == "send to 1")
        #expect(fault.ring[0].site.place == Place(line: 3, column: 7))
        #expect(report.smallestBuffer == 1)
        #expect(try check("sends: eager\nbuffer: 1\n" + text, ranks: 2).verdict == .holds)
        #expect(try check("program: [{ sendrecv: { to: 1 - rank, from: 1 - rank } }]", ranks: 2).verdict == .holds)
    }

    @Test func misorderedCollectives() throws {
        let report = try check(
            """
            ranks:
              0: [all-reduce, { broadcast: 0 }]
              1: [{ broadcast: 0 }, all-reduce]
            """, ranks: 2)
        #expect(report.fault?.kind == .mismatchedCollective)
        #expect(
            report.fault?.summary == "call 1 on all ranks is all-reduce in rank 0, and broadcast from 0 in rank 1")
        #expect(report.smallestBuffer == nil)
    }

    @Test func groupsInDifferentOrders() throws {
        let report = try check(
            """
            groups: { a: [0, 1], b: [0, 1] }
            ranks:
              0: [barrier: a, barrier: b]
              1: [barrier: b, barrier: a]
            """, ranks: 2)
        #expect(report.fault?.kind == .deadlock)
        #expect(report.fault?.summary.contains("collectives in different orders") == true)
    }

    @Test func groupsByAnExpression() throws {
        let text = """
            groups: { tensor: { by: rank / 2 }, data: { by: rank % 2 } }
            program: [all-reduce: tensor, all-reduce: data, barrier]
            """
        #expect(try check(text, ranks: 6).verdict == .holds)
    }

    @Test func aRankThatCallsOnceLess() throws {
        let report = try check(
            """
            program:
              - repeat: 3 - rank
                do: [all-reduce]
            """, ranks: 2)
        #expect(report.fault?.kind == .unmatched)
        #expect(report.fault?.ring.first?.site.circumstances == "round 3 of 3")
        #expect(report.fault?.ring.first?.reason == "rank 1 to call it, too, which is done")
    }

    @Test func messagesOfTheWrongSize() throws {
        let report = try check(
            """
            ranks:
              0: [send: { to: 1, count: 1024, dtype: f32 }]
              1: [recv: { from: 0, count: 512 }]
            """, ranks: 2)
        #expect(report.fault?.kind == .mismatchedMessage)
        #expect(
            report.fault?.summary == "message 1 from rank 0 to rank 1 is 1024 f32, and is received as 512")
    }

    @Test func whatIsNeverReceived() throws {
        let report = try check("sends: eager\nranks: { 0: [send: 1], 1: [] }", ranks: 2)
        #expect(report.fault?.kind == .leftOver)
        #expect(report.fault?.left == ["1 message from rank 0 to rank 1 is never received"])
    }

    @Test func tagsKeepMessagesApart() throws {
        let text = """
            ranks:
              0: [isend: { to: 1, tag: a, as: x }, isend: { to: 1, tag: b, as: y }, wait: [x, y]]
              1: [recv: { from: 0, tag: b }, recv: { from: 0, tag: a }]
            """
        #expect(try check(text, ranks: 2).verdict == .holds)
        let blocking =
            "ranks:\n  0: [send: { to: 1, tag: a }, send: { to: 1, tag: b }]\n" + text.split(separator: "\n")[2]
        #expect(try check(String(blocking), ranks: 2).fault?.kind == .deadlock)
    }

    /// The first message to come decides: only one of the two orders gets stuck.
    @Test func receivesFromWhomeverAreTriedInEveryOrder() throws {
        let report = try check(
            """
            ranks:
              0: [recv: any, recv: 1]
              1: [send: 0]
              2: [send: 0]
            """, ranks: 3)
        #expect(report.verdict == .fails)
        #expect(report.fault?.taken.map(\.text) == ["recv from any, which takes from 1"])
        #expect(try check("ranks: { 0: [recv: any, recv: any], 1-2: [send: 0] }", ranks: 3).verdict == .holds)
    }

    @Test func oneForwardOneBackward() throws {
        let text = "schedule: 1f1b\nstages: 4\nmicro-batches: 8\n"
        let naive = try check(text, ranks: 4)
        #expect(naive.fault?.kind == .deadlock)
        #expect(naive.fault?.ring.first?.site.circumstances?.contains("micro-batch") == true)
        #expect(naive.smallestBuffer == 1)
        #expect(try check(text + "exchange: fused", ranks: 4).verdict == .holds)
        #expect(try check(text + "sends: eager\nbuffer: 1", ranks: 4).verdict == .holds)
    }

    @Test(arguments: ["separate", "fused"], [2, 3, 5]) func everyScheduleHoldsWithBuffers(exchange: String, ranks: Int)
        throws
    {
        for schedule in ["ring-all-reduce", "gpipe", "1f1b", "interleaved-1f1b"] {
            let batches = schedule == "ring-all-reduce" ? "" : "micro-batches: \(2 * ranks)\n"
            let text = "schedule: \(schedule)\nexchange: \(exchange)\n\(batches)sends: eager"
            #expect(try check(text, ranks: ranks).verdict == .holds, "\(schedule)")
        }
        #expect(try check("schedule: parameter-server\nrounds: 2", ranks: ranks).verdict == .holds)
    }

    @Test func aLargePipelineIsOneRun() throws {
        let report = try check("schedule: 1f1b\nmicro-batches: 64\nexchange: fused", ranks: 16)
        #expect(report.verdict == .holds && report.states == 1 && report.calls > 5000)
    }

    @Test(arguments: [
        ("program: [send: 2]", "there is no rank 2: the ranks are 0 to 1"),
        ("program: [send: rank + 1]", "'rank + 1' for rank 1 is 2: the ranks are 0 to 1"),
        ("program: [barrier: tp]", "there is no group 'tp'; add it to `groups`"),
        ("groups: { a: [0] }\nprogram: [barrier: a]", "rank 1 is no member of the group a"),
        ("program: [wait: x]", "rank 0 waits for 'x', which it has not begun"),
        ("ranks: { 0: [] }", "rank 1 has no program"),
        ("ranks: { 0: [], 0-1: [] }", "rank 0 has two programs"),
        ("ranks: 3\nprogram: []", "the communication is for 3 ranks, and the gang has 2"),
        ("groups: { a: [0, 1] }\nprogram: [broadcast: { root: 2, group: a }]", "there is no rank 2"),
    ])
    func plansThatMakeNoSense(text: String, message: String) throws {
        let error = #expect(throws: PlanError.self) { try check(text, ranks: 2) }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    /// A few lines that stand for very much end by a limit, and soon.
    @Test func plansThatAreBombs() throws {
        var limits = PlanLimits()
        limits.steps = 200_000
        let batch = Array(repeating: "isend: 0", count: 1000).joined(separator: ", ").replacingOccurrences(
            of: "isend", with: "send")
        for text in [
            "program:\n  - repeat: 1000000000\n    do: [{ batch: [\(batch)] }]",
            "program:\n  - repeat: 1000000000\n    do:\n      - repeat: 1000000000\n        do: []",
            "groups: { own: { by: rank } }\nprogram: [barrier: own]",
        ] {
            #expect(try PlanCheck.run(plan(text), ranks: 1000, limits: limits).verdict == .unknown)
        }
        let wide = (0..<100).map { "g\($0): [0-999999]" }.joined(separator: ", ")
        #expect(throws: (any Error).self) { try plan("groups: { \(wide) }\nprogram: []") }
        #expect(throws: (any Error).self) {
            try plan("program: [send: \(Array(repeating: "1", count: 500).joined(separator: "+"))]")
        }
    }

    @Test func aLimitIsNoVerdict() throws {
        var limits = PlanLimits()
        limits.steps = 1000
        let report = try PlanCheck.run(plan("program:\n  - repeat: 1000000\n    do: []"), ranks: 2, limits: limits)
        #expect(report.verdict == .unknown)
    }
}
