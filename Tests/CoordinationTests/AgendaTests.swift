import Testing

@testable import Coordination

/// What is to be looked at when its time comes.
struct AgendaTests {
    static func retry(_ job: Int) -> Agenda.Matter { .retry(JobID(UInt64(job)), index: nil) }

    /// Against a sorted list: whatever was added when, what is due comes earliest first, and nothing is lost or comes early.
    @Test func whatIsDueFirstIsLookedAtFirst() {
        var random = SplitMix64(seed: 11)
        var agenda = Agenda()
        var expected: [Int64] = []
        var times: [Agenda.Matter: Int64] = [:]
        for job in 0..<2000 {
            let time = Int64.random(in: 0...500, using: &random)
            agenda.add(Self.retry(job), at: Timestamp(milliseconds: time))
            times[Self.retry(job)] = time
            expected.append(time)
            guard random.chance(30) else { continue }
            expected.sort()
            let now = Int64.random(in: 0...500, using: &random)
            while let matter = agenda.take(dueAt: Timestamp(milliseconds: now)) {
                #expect(times[matter] == expected.removeFirst())
            }
            #expect(expected.allSatisfy { $0 > now })
            #expect(agenda.next?.milliseconds == expected.min())
        }
    }

    @Test func whatIsOpenOutlivesTheTidying() {
        var agenda = Agenda()
        for job in 0..<3000 { agenda.add(Self.retry(job), at: Timestamp(milliseconds: Int64(job * 7 % 3001))) }
        let open = Set((0..<3000).filter { $0 % 3 == 0 }.map(Self.retry))
        agenda.tidy { open.contains($0) }
        #expect(agenda.count == open.count)
        #expect(Set(agenda.items.map(\.matter)) == open)
    }
}
