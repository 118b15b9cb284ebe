import CSP
import Foundation
import Testing
import Verification

@testable import Communication

/// The check against brute force, and against the model checker on the script that the plan is printed as.
@Suite struct PlanOracleTests {
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 32) | (state << 32)
        }
    }

    /// All programs of two ranks of up to `length` acts, for rank `rank`.
    static func programs(_ rank: Int, upTo length: Int) -> [[Toy.Act]] {
        let other = 1 - rank
        let acts: [Toy.Act] = [
            .send(to: other), .receive(from: other), .begunSend(to: other), .begunReceive(from: other), .waitForAll,
            .collective("barrier"), .collective("broadcast"), .begunCollective("barrier"),
        ]
        var all: [[Toy.Act]] = [[]]
        var last = all
        for _ in 0..<length {
            last = last.flatMap { program in acts.map { program + [$0] } }
            all += last
        }
        return all
    }

    func agree(_ toy: Toy) throws {
        let report = try check(toy.yaml, ranks: toy.programs.count)
        #expect((report.verdict == .holds) == toy.holds, "\(toy): \(report.fault?.summary ?? "holds")")
        #expect((report.fault == nil) == (report.verdict == .holds))
    }

    /// Every plan of two ranks with up to two calls each.
    @Test(arguments: [0, 1]) func allSmallPlansAgainstBruteForce(buffer: Int) throws {
        for first in Self.programs(0, upTo: 2) {
            for second in Self.programs(1, upTo: 2) {
                try agree(Toy(programs: [first, second], buffer: buffer))
            }
        }
    }

    static func random(_ numbers: inout Numbers) -> Toy {
        let size = Int.random(in: 2...3, using: &numbers)
        // Half of them may receive from whomever, and then begin no receives; a quarter says counts.
        let hasAny = Bool.random(using: &numbers)
        let hasCounts = Int.random(in: 0..<4, using: &numbers) == 0
        func count(_ numbers: inout Numbers) -> Int? {
            hasCounts ? [nil, 1, 2].randomElement(using: &numbers)! : nil
        }
        func act(_ rank: Int, _ numbers: inout Numbers) -> Toy.Act {
            let other = (rank + Int.random(in: 1..<size, using: &numbers)) % size
            switch Int.random(in: 0..<12, using: &numbers) {
            case 0...2: return .send(to: other, count: count(&numbers))
            case 3...4: return .receive(from: other, count: count(&numbers))
            case 5: return .send(to: other, tag: "t", count: count(&numbers))
            case 6: return .receive(from: other, tag: "t", count: count(&numbers))
            case 7: return hasAny ? .receiveAny : .begunReceive(from: other)
            case 8: return hasAny ? .receiveAny : .begunSend(to: other)
            case 9: return hasCounts ? .collective("barrier") : .begunSend(to: other)
            case 10: return .waitForAll
            default:
                let call = ["barrier", "broadcast"].randomElement(using: &numbers)!
                return Bool.random(using: &numbers) ? .collective(call) : .begunCollective(call)
            }
        }
        let programs = (0..<size).map { rank in
            (0..<Int.random(in: 0...4, using: &numbers)).map { _ in act(rank, &numbers) }
        }
        return Toy(programs: programs, buffer: Int.random(in: 0...2, using: &numbers))
    }

    @Test func randomPlansAgainstBruteForce() throws {
        var numbers = Numbers(state: 1)
        var held = 0
        for _ in 0..<(Int(ProcessInfo.processInfo.environment["BANQUET_PLANS"] ?? "") ?? 3000) {
            let toy = Self.random(&numbers)
            try agree(toy)
            if toy.holds { held += 1 }
        }
        #expect(held > 50)
    }

    func verdict(ofScript text: String) throws -> Bool? {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID().uuidString).csp")
        try text.write(to: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: path) }
        let report = FileCheck.run(path: path.path)
        #expect(report.errors.isEmpty, "\(report.errors)\n\(text)")
        switch report.verdict {
        case .holds: return true
        case .fails: return false
        default: return nil
        }
    }

    func scriptAgrees(_ toy: Toy) throws {
        let report = try check(toy.yaml, ranks: toy.programs.count)
        let script = try #require(try PlanScript.text(of: plan(toy.yaml), ranks: toy.programs.count, title: "toy"))
        #expect(try verdict(ofScript: script) == (report.verdict == .holds), "\(toy)\n\(script)")
    }

    /// Every plan of two ranks with up to one call each, and a part of those with two.
    @Test func smallPlansAgainstTheModelChecker() throws {
        let (firsts, seconds) = (Self.programs(0, upTo: 2), Self.programs(1, upTo: 2))
        var number = 0
        for first in firsts {
            for second in seconds {
                number += 1
                guard first.count + second.count <= 2 || number % 29 == 0 else { continue }
                try scriptAgrees(Toy(programs: [first, second], buffer: number % 2))
            }
        }
    }

    @Test func randomPlansAgainstTheModelChecker() throws {
        var numbers = Numbers(state: 7)
        for _ in 0..<(Int(ProcessInfo.processInfo.environment["BANQUET_PLANS"] ?? "") ?? 150) {
            try scriptAgrees(Self.random(&numbers))
        }
    }

    @Test(
        arguments: ["ring-all-reduce", "gpipe", "1f1b", "interleaved-1f1b", "parameter-server"],
        ["rendezvous", "eager\nbuffer: 1"])
    func schedulesAgainstTheModelChecker(schedule: String, sends: String) throws {
        for exchange in schedule == "parameter-server" ? [""] : ["exchange: separate", "exchange: fused"] {
            let batches = schedule.hasSuffix("1b") || schedule == "gpipe" ? "micro-batches: 3" : ""
            let text = "schedule: \(schedule)\nsends: \(sends)\n\(exchange)\n\(batches)"
            let report = try check(text, ranks: 3)
            let script = try #require(try PlanScript.text(of: plan(text), ranks: 3, title: schedule))
            #expect(try verdict(ofScript: script) == (report.verdict == .holds), "\(text)")
        }
    }
}
