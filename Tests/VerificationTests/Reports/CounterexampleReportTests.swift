import Foundation
import Testing
@testable import Verification

@Suite("What counterexamples say")
struct CounterexampleReportTests {
    func check(_ assertions: String...) throws -> [AssertionReport] {
        let checked = try CheckedScript(CheckedScript.declarations + assertions.joined(separator: "\n"))
        #expect(checked.report.errors.isEmpty, "\(checked.report.errors)")
        #expect(checked.assertions.count == assertions.count)
        return checked.assertions
    }

    @Test("A deadlock: who took part, who refuses what, and the whole circle of waiting")
    func deadlock() throws {
        let report = try check("assert TABLE :[deadlock free]")[0]
        #expect(report.verdict == .fails && report.summary == "deadlock after 6 steps")
        let run = try #require(report.counterexample)
        #expect(run.processes == ["PHIL(0)", "PHIL(1)", "PHIL(2)", "FORK(0)", "FORK(1)", "FORK(2)"])
        for event in run.events {
            let fields = event.event.split(separator: ".")
            let expected = fields[0] == "sit" ? ["PHIL(\(fields[1]))"] : ["PHIL(\(fields[1]))", "FORK(\(fields[2]))"]
            #expect(event.processes == expected)
        }
        let philosopher = try #require(run.components.first { $0.process == "PHIL(0)" })
        #expect(philosopher.offers == ["pick.0.1"] && philosopher.waitsFor == ["FORK(1)"])
        #expect(philosopher.blocked == [.init(event: "pick.0.1", refusedBy: ["FORK(1)"])])
        #expect(philosopher.refuses == ["put.0.0"])
        // Six processes in a ring: each waits for the next.
        #expect(Set(run.circle.map(\.process)) == Set(run.processes))
        for (own, next) in zip(run.circle, run.circle.dropFirst() + run.circle.prefix(1)) {
            let state = try #require(run.components.first { $0.process == own.process })
            #expect(state.blocked.contains { $0.event == own.event && $0.refusedBy == [next.process] })
        }
    }

    @Test("Hidden events keep their names, and trace shows only what is seen")
    func hidden() throws {
        let run = try #require(try check("assert TABLE \\ {|pick, put|} :[deadlock free]")[0].counterexample)
        #expect(run.trace == ["sit.0", "sit.1", "sit.2"])
        #expect(run.events.filter(\.hidden).map(\.event) == ["pick.0.0", "pick.1.1", "pick.2.2"])
    }

    @Test("A process that wants what nobody ever joins in")
    func stranded() throws {
        let run = try #require(try check("assert (a -> STOP) [| {a} |] STOP :[deadlock free]")[0].counterexample)
        #expect(run.components[0].blocked == [.init(event: "a", refusedBy: [])])
        #expect(run.components[1].offers.isEmpty && run.circle.isEmpty)
    }

    @Test("Components with one name are told apart")
    func names() throws {
        let run = try #require(try check("assert (Q ||| Q) [| {b} |] (b -> STOP) :[deadlock free]")[0].counterexample)
        #expect(run.processes == ["Q#1", "Q#2", "b -> STOP"])
    }

    @Test("Refinement: what the specification allows, or wants offered, and who refuses it")
    func refinement() throws {
        let reports = try check(
            "assert Q [T= P", "assert P [F= Q", "assert P [F= STOP", "assert Q [FD= a -> LOOP \\ {b}")
        let event = try #require(reports[0].counterexample)
        #expect(event.kind == .event && event.trace == ["a", "c"])
        #expect(event.reason == "the specification allows only {b} here")
        #expect(reports[1].verdict == .holds && reports[1].counterexample == nil)
        let refusal = try #require(reports[2].counterexample)
        #expect(refusal.kind == .refusal && refusal.refused.map(\.event) == ["a"])
        let divergence = try #require(reports[3].counterexample)
        #expect(divergence.kind == .divergence && divergence.cycle.map(\.event) == ["b"])
        #expect(divergence.trace == ["a"])
    }

    @Test("A trace that is not there: how far it goes")
    func missingTrace() throws {
        let reports = try check(
            "assert P :[has trace]: <a, b, a, c, b>", "assert P :[has trace]: <a, c>", "assert not P :[has trace]: <b>")
        #expect(reports[0].verdict == .fails && reports[0].counterexample?.trace == ["a", "b", "a", "c"])
        #expect(reports[0].summary == "b can't follow the first 4 events of the trace")
        #expect(reports[1].verdict == .holds && reports[1].witness?.trace == ["a", "c"])
        #expect(reports[1].counterexample == nil)
        #expect(reports[2].verdict == .holds && reports[2].counterexample?.trace == [])
    }

    @Test("A lasso: who begins to wait, who overtakes, and who refuses")
    func starvation() throws {
        let report = try check("assert not SYSTEM :[starvation free [SF]]: {(submit.j, start.j) | j <- {low, high}}")[0]
        #expect(report.verdict == .holds && report.summary == "low can starve")
        #expect(report.fairness?.text == "no fairness: starves   weak: starves   strong: starves")
        #expect(report.fairness?.assumed == "strong")
        #expect(report.overtaking?.bound == nil && report.overtaking?.cycle.contains("start.high") == true)
        let lasso = try #require(report.counterexample)
        #expect(lasso.events.contains { $0.event == "submit.low" && $0.note == "low begins to wait" })
        #expect(lasso.cycle.last { $0.event == "start.high" }?.note == "overtakes low, and so on for ever")
        #expect(!lasso.cycle.contains { $0.event == "start.low" })
        #expect(lasso.refused == [.init(event: "start.low", ready: ["TENANT(low)"], refusing: ["SCHEDULER(0)"])])
        #expect(
            lasso.reason
                == "start.low is offered by TENANT(low) all the way round; SCHEDULER(0) refuses it all the way round")
    }

    @Test("Every liveness report has the ladder; what holds has no counterexample; vacuous truth is said to be so")
    func ladders() throws {
        let reports = try check(
            "assert Q :[starvation free]: {(a, b)}", "assert P :[starvation free [WF]]: {(a, b), (a, c)}",
            "assert Q |= LTL: \"G ([a] => F [b])\"", "assert P |= LTL: \"SEF => G ([a] => F [b])\"",
            "assert Q |= LTL: \"G ([c] => F [b])\"", "assert Q :[overtaking bounded by 1]: {(a, b)}",
            "assert Q :[starvation free]: {(c, b)}", "assert Q :[starvation free]: {}")
        #expect(reports.map(\.verdict) == [.holds, .fails, .holds, .fails, .holds, .holds, .holds, .holds])
        for report in reports {
            #expect(report.fairness != nil && (report.counterexample != nil) == (report.verdict == .fails))
        }
        #expect(reports[0].fairness?.text == "no fairness: holds   weak: holds   strong: holds")
        #expect(reports[2].fairness?.none == .holds && reports[2].notes.isEmpty)
        // The internal choice is no event: fairness to c and b alone does not help whoever waits for b after every a.
        #expect(reports[3].fairness?.strong == .fails)
        #expect(reports[4].notes == ["vacuous as to c: the process never performs it"])
        #expect(reports[5].overtaking?.bound == 0)
        #expect(reports[6].notes == ["vacuous: the process never performs c, so nothing was shown"])
        #expect(reports[7].notes == ["vacuous: there are no pairs, so nothing was shown"])
    }

    @Test("Text keeps to its width, has colour only when asked, and counts in columns")
    func text() throws {
        let long = (0..<60).map { "\($0 % 2 == 0 ? "a" : "b")" }.joined(separator: " -> ")
        let report = try check("assert (\(long) -> STOP) ||| (c -> STOP) :[deadlock free]")[0]
        for width in [50, 80, 120] {
            let lines = report.rendered(TextStyle(width: width)).split(
                separator: "\n", omittingEmptySubsequences: false)
            // The assertion itself is the script's own line.
            #expect(lines.dropFirst().allSatisfy { $0.count <= width })
            #expect(lines.contains { $0.hasPrefix("    who") } && !lines.contains { $0.contains("\u{1B}") })
            #expect(lines.filter { $0.hasSuffix("  b") || $0.hasSuffix("  a") || $0.hasSuffix("  c") }.count == 61)
        }
        let coloured = report.rendered(TextStyle(coloured: true, width: 80))
        #expect(coloured.contains("\u{1B}[1;31mfails\u{1B}[0m"))
        #expect(
            coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == report.rendered(TextStyle(coloured: false, width: 80)))
    }
}
