import Display
import Testing

@Suite struct ProgressTests {
    @Test func aSteadyPaceSaysWhatIsLeft() throws {
        var pace = Pace()
        #expect(pace.perSecond == nil && pace.secondsLeft(of: 100) == nil)
        for second in 0...20 { pace.note(Double(second) * 5, at: Double(second)) }
        #expect(abs(try #require(pace.perSecond) - 5) < 1e-9)
        #expect(abs(try #require(pace.secondsLeft(of: 200)) - 20) < 1e-9)
        #expect(pace.secondsLeft(of: 50) == 0)
    }

    /// Of a speed that changes, half is forgotten in five seconds, however often one looks.
    @Test(arguments: [1, 2, 5, 10]) func thePastIsForgotten(looks: Int) throws {
        var pace = Pace()
        pace.note(0, at: 0)
        pace.note(100, at: 10)
        for look in 1...looks { pace.note(100, at: 10 + 5 * Double(look) / Double(looks)) }
        #expect(abs(try #require(pace.perSecond) - 5) < 0.02)
    }

    @Test func anotherPieceOfWorkBeginsAnew() {
        var pace = Pace()
        pace.note(10, at: 1)
        pace.note(20, at: 2)
        pace.note(1, at: 3)
        #expect(pace.perSecond == nil)
    }

    @Test func aLineFitsAndSaysTheMost() {
        let progress = Progress(
            subject: "simulate", unit: "seeds", done: 250, total: 1000, perSecond: 12.5, secondsLeft: 60,
            secondsElapsed: 20)
        #expect(
            progress.line(width: 100)
                == "simulate  ███████▌                        25 %  250 of 1,000 seeds  13/s  1 min 00 s left")
        #expect(progress.line(width: 60) == "simulate  25 %  250 of 1,000 seeds  13/s  1 min 00 s left")
        #expect(progress.line(width: 40) == "simulate  25 %  1 min 00 s left")
        for width in 1...120 { #expect(progress.line(width: width).columns < width, "\(width)") }
        let unknown = Progress(subject: "read", unit: Progress.bytes, done: 5_500_000, total: nil, secondsElapsed: 3)
        #expect(unknown.line(width: 80) == "read  5.2 MiB  3 s")
    }

    @Test func barsAndTimes() {
        #expect(Progress.bar(0, width: 4) == "    ")
        #expect(Progress.bar(1, width: 4) == "████")
        #expect(Progress.bar(0.5, width: 4) == "██  ")
        #expect(Progress.bar(0.53125, width: 4) == "██▏ ")
        #expect(Progress.bar(.nan, width: 2) == "  " && Progress.bar(7, width: 2) == "██")
        #expect(
            [0.2, 59, 61, 3599, 7500, 100_000, 1e12].map(Progress.time) == [
                "1 s", "59 s", "1 min 01 s", "59 min 59 s", "2 h 05 min", "1 d 3 h", "long",
            ])
        #expect(Progress.grouped(-1_234_567) == "-1,234,567" && Progress.grouped(999) == "999")
    }
}
