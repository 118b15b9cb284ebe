import Coordination
import Testing

@testable import Agent

@Suite struct DeviceSharesTests {
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            let mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            return mixed ^ (mixed >> 27)
        }
    }

    private func variables(
        _ shares: DeviceShares, _ unit: Lease, among companions: [Lease]? = nil
    ) -> [String: String] {
        shares.variables(of: unit, among: companions ?? [unit])
    }

    /// Whatever starts and ends, in whatever order: nobody has another's device while there are enough, and each has what it asked for.
    @Test(arguments: 0..<20) func noTwoUnitsHaveTheSame(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var shares = try DeviceShares(["gpu": 8], environment: [:])
        var running: [(lease: Lease, count: UInt32)] = []
        for epoch in 1..<UInt64(300) {
            let free = 8 - running.reduce(0) { $0 + $1.count }
            if free > 0, Bool.random(using: &random) {
                let count = UInt32.random(in: 1...free, using: &random)
                shares.give(["gpu": count], to: [lease(1, 0, epoch)])
                running.append((lease(1, 0, epoch), count))
            } else if let ended = running.indices.randomElement(using: &random) {
                let over = running.remove(at: ended).lease
                shares.release { $0 == over }
            }
            let lists = running.map { unit in
                variables(shares, unit.lease)["BANQUET_DEVICES_GPU"]?.split(separator: ",").compactMap { Int($0) } ?? []
            }
            #expect(lists.map(\.count) == running.map { Int($0.count) })
            let all = lists.joined()
            #expect(Set(all).count == all.count && all.allSatisfy { (0..<8).contains($0) })
        }
    }

    /// `torch.cuda.set_device(LOCAL_RANK)` has to be the rank's own.
    @Test func ranksSeeTheirGangsInTheOrderOfLocalRank() throws {
        var shares = try DeviceShares(["gpu": 4, "fpga-x": 1], environment: [:])
        shares.give(["gpu": 1], to: [lease(1, 0, 1)])
        shares.give(["gpu": 1], to: [lease(2, 0, 2)])
        shares.release { $0 == lease(1, 0, 1) }
        let gang = [lease(3, 2, 3), lease(3, 5, 4)]
        shares.give(["gpu": 1], to: gang)
        shares.give(["gpu": 1], to: gang)
        #expect(
            variables(shares, gang[1], among: gang) == [
                "BANQUET_DEVICES_GPU": "2", "CUDA_VISIBLE_DEVICES": "0,2", "ROCR_VISIBLE_DEVICES": "0,2",
                "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            ])
        #expect(variables(shares, gang[0], among: gang)["BANQUET_DEVICES_GPU"] == "0")
        #expect(variables(shares, lease(9, 0, 9))["CUDA_VISIBLE_DEVICES"] == "-1")
        shares.give(["fpga-x": 1], to: [lease(10, 0, 10)])
        #expect(variables(shares, lease(10, 0, 10))["BANQUET_DEVICES_FPGA_X"] == "0")
    }

    /// Too few, because a process of an earlier lease is not quite gone: it is given those that fewest have.
    @Test func whatIsNotQuiteFreeIsSharedLast() throws {
        var shares = try DeviceShares(["gpu": 2], environment: [:])
        shares.give(["gpu": 1], to: [lease(1, 0, 1)])
        shares.give(["gpu": 2], to: [lease(2, 0, 2)])
        shares.release { $0 == lease(1, 0, 1) }
        shares.give(["gpu": 3], to: [lease(3, 0, 3)])
        #expect(variables(shares, lease(3, 0, 3))["BANQUET_DEVICES_GPU"] == "0,1")
    }

    @Test func anAgentThatSeesSomeGivesOutThose() throws {
        var shares = try DeviceShares(["gpu": 2], environment: ["CUDA_VISIBLE_DEVICES": "5, GPU-8f6e"])
        shares.give(["gpu": 2], to: [lease(1, 0, 1)])
        #expect(variables(shares, lease(1, 0, 1))["CUDA_VISIBLE_DEVICES"] == "5,GPU-8f6e")
        #expect(
            throws: AgentError.invalid(setting: "--device gpu=3", reason: "CUDA_VISIBLE_DEVICES names 2: 5,6")
        ) { try DeviceShares(["gpu": 3], environment: ["CUDA_VISIBLE_DEVICES": "5,6"]) }
    }

    /// Of a worker that offers none nothing is said, and what its agent has is inherited.
    @Test func withoutAnOfferNothingIsSet() throws {
        let shares = try DeviceShares([:], environment: ["CUDA_VISIBLE_DEVICES": "1"])
        #expect(variables(shares, lease(1, 0, 1)).isEmpty)
    }
}
