import Testing

@testable import Coordination

/// Where units go.
struct PlacementTests {
    static func offer(_ change: (inout WorkerOffer) -> Void) -> WorkerOffer {
        var offer = WorkerOffer()
        change(&offer)
        return offer
    }

    static func places(_ table: Table, _ job: UInt64) -> [String] {
        table.core.job(JobID(job))?.placements.map(\.worker.description) ?? []
    }

    @Test func theFasterDeviceWins() {
        var table = Table(Fair())
        table.join("a-slow", slots: 2, offer: Self.offer { $0.speedPercent = 50 })
        table.join("b-fast", slots: 8, offer: Self.offer { $0.speedPercent = 200 })
        table.submit(.array(1))
        #expect(Self.places(table, 1) == ["b-fast"])
    }

    /// Work of 10 s, and 10 GB in bonn: at 1 GB/s to the near worker that is 20 s; the far one computes four times as fast, and
    /// needs 100 s for the data.
    @Test func dataWeighAgainstSpeed() {
        var table = Table(Fair())
        table.join(
            "far", slots: 2,
            offer: Self.offer {
                $0.speedPercent = 400
                $0.links = ["bonn": .init(bytesPerSecond: 100_000_000, latencyMicroseconds: 20_000)]
            })
        table.join(
            "near", slots: 2,
            offer: Self.offer { $0.links = ["bonn": .init(bytesPerSecond: 1_000_000_000, latencyMicroseconds: 500)] })
        var job = JobSpecification.array(1)
        job.timeLimitMilliseconds = 10_000
        table.submit(job)
        job.requirements.data = ["bonn": 10_000_000_000]
        table.submit(job)
        #expect(Self.places(table, 1) == ["far"])
        #expect(Self.places(table, 2) == ["near"])
        #expect(
            table.core.job(JobID(2))?.explanation == [
                "near: done in about 20s at 100 % speed, of it 10s to move its data; has room for 1",
                "far: done in about 1.7m at 400 % speed, of it 1.7m to move its data; has room for 1",
            ])
    }

    @Test func thePriceDecidesBetweenEquals() {
        var table = Table(Fair())
        table.join("cloud", slots: 1, offer: Self.offer { $0.price = 900 })
        table.join("own", slots: 4, offer: Self.offer { $0.price = 100 })
        table.submit(.array(1))
        #expect(Self.places(table, 1) == ["own"])
    }

    @Test func constraintsAndAffinity() {
        var table = Table(Fair())
        table.join("w1", slots: 2, offer: Self.offer { $0.labels = ["site": "bonn", "kind": "cloud"] })
        table.join("w2", slots: 2, offer: Self.offer { $0.labels = ["site": "trier"] })
        var job = JobSpecification.array(1)
        job.requirements.labels = ["site": "trier"]
        table.submit(job)
        job.requirements.labels = ["kind": "cloud"]
        table.submit(job)
        job.requirements.labels = [:]
        job.requirements.preferredLabels = ["site": "trier"]
        table.submit(job)
        table.submit(job)
        #expect((1...4).map { Self.places(table, $0) } == [["w2"], ["w1"], ["w2"], ["w1"]])
        job.requirements.labels = ["site": "berlin"]
        table.submit(job)
        #expect(table.reason(5) == "1 task waits for a worker with 1 slot, site berlin: none of those connected")
        #expect(
            table.core.job(JobID(5))?.explanation
                == ["w1: has site bonn, not berlin", "w2: has site trier, not berlin"])
    }

    @Test func resourcesAreCounted() {
        var table = Table(Fair())
        table.join(
            "w1", slots: 8,
            offer: Self.offer {
                $0.cores = 8
                $0.memory = 32 << 30
                $0.devices = ["gpu": 2]
            })
        var job = JobSpecification.array(4)
        (job.requirements.cores, job.requirements.memory, job.requirements.devices) = (2, 4 << 30, ["gpu": 1])
        table.submit(job)
        #expect(table.holding == [1: 2], "two devices")
        #expect(
            table.core.job(JobID(1))?.explanation == [
                "w1: done in about 1m at 100 % speed; full: 0 of 1 gpu free"
            ])
        table.end(job: 1)
        #expect(table.holding == [1: 2])
        job.requirements.devices = [:]
        job.requirements.memory = 25 << 30
        table.submit(job, tenant: "b")
        #expect(table.holding == [1: 2], "25 GiB aren't free")
    }

    @Test func gangsStayInOneRackOrSite() {
        var table = Table(Fair())
        for (name, site, rack, slots) in [
            ("w1", "bonn", "r1", 3), ("w2", "bonn", "r2", 2), ("w3", "bonn", "r2", 2), ("w4", "trier", "r1", 2),
            ("w5", "trier", "r1", 1),
        ] as [(String, String, String, UInt32)] {
            table.join(name, slots: slots, offer: Self.offer { $0.labels = ["site": site, "rack": rack] })
        }
        table.submit(.gang(4))
        #expect(Self.places(table, 1) == ["w2", "w2", "w3", "w3"], "one rack")
        table.ask(.cancel(JobID(1)))
        table.submit(.gang(5))
        #expect(Set(Self.places(table, 2)) == ["w1", "w2"], "one site, two hosts")
        table.ask(.cancel(JobID(2)))
        table.submit(.gang(8))
        let sites = Self.places(table, 3)
        #expect(sites.count == 8 && sites.count { $0 == "w4" || $0 == "w5" } == 1, "\(sites)")
    }
}
