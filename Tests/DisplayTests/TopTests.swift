import Coordination
import Display
import TerminalEmulator
import Testing

@Suite struct TopTests {
    private static func snapshot(jobs: Int, workers: Int, tenants: Int, request: TopView.Request) -> TopSnapshot {
        let page = (0..<jobs).dropFirst(request.offset).prefix(request.limit).map { number in
            var job = JobSummary(
                id: JobID(UInt64(jobs - number)), name: "train-\(number)", tenant: "t\(number % 7)", shape: "array",
                units: 120, slotsPerUnit: 1, state: number < 5 ? .running : .queued,
                submitted: Timestamp(milliseconds: 1000))
            if number < 5 {
                job.started = Timestamp(milliseconds: 30_000)
                job.unitsRunning = 4
                job.unitsSucceeded = 50
            } else {
                job.reason = "waits for 8 slots; \(number) jobs ahead\u{1B}[2J"
            }
            return job
        }
        let overview = ClusterOverview(
            sequence: 4711, time: Timestamp(milliseconds: 95_000), policy: "fair", isUnverified: false,
            jobs: ["running": 5, "queued": jobs - 5], workers: ["connected": workers], slots: 48, slotsUsed: 36,
            tenants: (0..<tenants).map {
                TenantSummary(
                    name: "t\($0)", weight: 1, quota: nil, slotsUsed: UInt64($0), dominantShare: Double($0) / 48,
                    activeJobs: 2,
                    queuedUnits: 10, firstWaiting: JobID(9), waitsSince: Timestamp(milliseconds: 5000), overtaken: 3)
            })
        return TopSnapshot(
            endpoint: "tcp://127.0.0.1:7447", overview: overview,
            status: ClusterStatus(
                policy: "fair", isVerified: true, preflight: "13 of 13 assertions hold", lastEntry: 4711,
                entriesHeld: 4711,
                activeJobs: jobs, members: workers, alertCount: 0, alerts: []),
            workers: (0..<workers).map {
                WorkerSummary(
                    name: WorkerName("w\($0)")!, state: .connected, host: "10.0.0.\($0)", slots: 4,
                    slotsUsed: UInt32($0 % 5), lastHeard: nil, holding: [])
            },
            page: JobPage(total: jobs, offset: request.offset, jobs: Array(page)), startsPerSecond: 12.34)
    }

    /// A view as it is driven: after a key that asks, the answer is there.
    private struct Driver {
        var view: TopView
        var painter = Painter()
        var terminal: Emulator
        var (jobs, workers, tenants) = (10_000, 30, 7)
        var bytes = 0

        init(width: Int, height: Int) {
            view = TopView(width: width, height: height)
            terminal = Emulator(width: width, height: height)
            answer()
        }

        mutating func answer() {
            var snapshot = TopTests.snapshot(jobs: jobs, workers: workers, tenants: tenants, request: view.request)
            if let job = view.request.job {
                snapshot.detail = ["\(job)  train  queued"] + (0..<200).map { "line \($0)" }
            }
            view.show(snapshot)
            paint()
        }

        mutating func paint() {
            let text = painter.paint(view.draw())
            bytes = text.utf8.count
            terminal.feed(text)
        }

        @discardableResult
        mutating func press(_ keys: KeyPress...) -> TopView.Answer {
            var last = TopView.Answer.nothing
            for key in keys {
                last = view.press(key)
                if last == .ask { answer() } else { paint() }
            }
            return last
        }

        mutating func resize(width: Int, height: Int) {
            terminal.resize(width: width, height: height)
            view.resize(width: width, height: height)
            answer()
        }
    }

    @Test func theSmallestScreen() {
        var driver = Driver(width: 80, height: 24)
        let lines = driver.terminal.lines
        #expect(lines[0].hasPrefix("banquet top  tcp://127.0.0.1:7447") && lines[0].hasSuffix("00:01:35 UTC"))
        #expect(lines[1].hasPrefix("slots   ███████████████") && lines[1].contains("36 of 48   12 starts/s"))
        #expect(lines[2].hasPrefix("queue   70 units wait   jobs: 5 running, 9,995 queued"))
        #expect(lines[4].hasPrefix("monitor 4,711 entries held, none refused   proved: 13 of 13 assertions hold"))
        #expect(
            lines[5].hasPrefix(" 10,000 jobs   30 workers   7 tenants") && lines[5].hasSuffix("by active   1 of 10,000")
        )
        #expect(lines[6].hasPrefix("JOB") && lines[6].contains("WHY"))
        #expect(lines[7].contains("running") && lines[7].contains("50/120") && lines[7].contains("1m05s"))
        #expect(lines[23].hasPrefix("q leave"))
        driver.press(.tab)
        #expect(driver.terminal.lines[6].hasPrefix("WORKER") && driver.terminal.lines[7].hasPrefix("w0"))
        driver.press(.tab)
        #expect(driver.terminal.lines[6].hasPrefix("TENANT"))
        driver.press(.tab, .character("p"))
        #expect(driver.terminal.lines[0].contains("PAUSED"))
        #expect(driver.terminal.unknown == [])
    }

    @Test func aLargeScreenShowsAllThree() {
        let driver = Driver(width: 160, height: 50)
        let text = driver.terminal.text
        for heading in ["TENANT  ", "WORKER  ", "JOB  "] { #expect(text.contains(heading)) }
        #expect(driver.terminal.lines.filter { $0.contains("waits for 8 slots") }.count >= 15)
    }

    /// Whatever keys are pressed on whatever screen: the selected line is on it, every job can be reached, and no key is a crash.
    @Test func scrollingReachesEverything() {
        var driver = Driver(width: 80, height: 24)
        driver.press(.end)
        #expect(driver.terminal.lines[22].hasPrefix("j1 ") && driver.terminal.lines[5].hasSuffix("10,000 of 10,000"))
        driver.press(.up, .up)
        #expect(driver.terminal.lines[5].hasSuffix("9,998 of 10,000"))
        driver.press(.home, .pageDown, .pageDown, .down)
        let selected = driver.terminal.screen.firstIndex { $0[0].codes.contains("7") && $0[0].character == "j" }
        #expect(selected != nil)
        #expect(driver.press(.enter) == .ask)
        #expect(driver.terminal.lines[1].hasSuffix("train  queued"))
        driver.press(.end)
        #expect(driver.terminal.lines[22] == "line 199")
        driver.press(.escape)
        #expect(driver.terminal.lines[6].hasPrefix("JOB"))
    }

    @Test func randomKeysAndSizes() {
        var state: UInt64 = 88_172_645_463_325_252
        func dice(_ bound: UInt64) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % bound)
        }
        let keys: [KeyPress] = [
            .up, .down, .pageUp, .pageDown, .home, .end, .tab, .backTab, .enter, .escape, .character("s"),
            .character("f"),
            .character("p"), .character("?"), .character("j"), .character("k"), .character("1"), .character("x"), .left,
            .right,
        ]
        var driver = Driver(width: 80, height: 24)
        for _ in 0..<250 {
            switch dice(12) {
            case 0: driver.resize(width: 1 + dice(180), height: 1 + dice(60))
            case 1:
                (driver.jobs, driver.workers, driver.tenants) = (5 + dice(300), dice(20), dice(9))
                driver.answer()
            case 2: driver.view.lose(seconds: dice(100), reason: "gone")
            default: driver.press(keys[dice(UInt64(keys.count))])
            }
            driver.paint()
            var fresh = Emulator(width: driver.view.width, height: driver.view.height)
            var painter = Painter()
            fresh.feed(painter.paint(driver.view.draw()))
            #expect(fresh.screen == driver.terminal.screen)
        }
        #expect(driver.terminal.unknown == [])
    }

    @Test func aStepDownWritesTwoLines() {
        var driver = Driver(width: 160, height: 50)
        driver.answer()
        driver.press(.down)
        #expect(driver.bytes < 2 * 300, "\(driver.bytes)")
        driver.answer()
        #expect(driver.bytes == 0)
    }

    @Test func itSaysWhenNobodyAnswers() {
        var driver = Driver(width: 80, height: 24)
        driver.view.lose(seconds: 12, reason: "no coordinator answers at tcp://127.0.0.1:7447")
        driver.paint()
        #expect(driver.terminal.lines[0].hasPrefix(" the coordinator is away for 12 s: no coordinator answers"))
        #expect(driver.terminal.lines[7].contains("running"))
        driver.answer()
        #expect(driver.terminal.lines[0].hasPrefix("banquet top"))
    }

    @Test func onePictureForAPipe() {
        let view = TopView(width: 80, height: 24)
        let snapshot = Self.snapshot(jobs: 500, workers: 3, tenants: 2, request: view.request)
        let text = snapshot.text(width: nil)
        #expect(!text.utf8.contains(0x1B) && text.contains("and \(500 - view.request.limit) more"))
        #expect(text == snapshot.text(width: nil))
        for line in snapshot.text(width: 60).split(separator: "\n") { #expect(line.columns <= 60) }
    }
}
