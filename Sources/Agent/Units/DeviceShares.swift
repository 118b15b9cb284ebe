import Coordination

/// Which of the worker's devices each unit has. The coordinator counts them; which they are is settled here, where the unit starts.
struct DeviceShares {
    /// The kind whose numbers the drivers' libraries read from variables.
    private static let graphics = "gpu"
    /// NVIDIA's and AMD's names for what a program may see; Slurm sets the same two for its `gpu`.
    private static let visible = ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"]
    /// No device has this number.
    private static let none = "-1"

    private let offered: [String: UInt32]
    /// What an agent that was itself given some of the host's calls them; nil: by their numbers.
    private let graphicsNames: [String]?
    private var held: [Lease: [String: [Int]]] = [:]

    /// - Parameters:
    ///   - offered: how many of each kind the worker declares.
    ///   - environment: the agent's own.
    /// - Throws: `AgentError.invalid` where the worker declares more than it sees.
    init(_ offered: [String: UInt32], environment: [String: String]) throws {
        var names: [String]?
        if let count = offered[Self.graphics],
            let variable = Self.visible.first(where: { environment[$0]?.isEmpty == false }),
            let seen = environment[variable]?.split(separator: ",").map({ $0.filter { $0 != " " } })
        {
            guard seen.count >= count else {
                throw AgentError.invalid(
                    setting: "--device \(Self.graphics)=\(count)",
                    reason: "\(variable) names \(seen.count): \(seen.joined(separator: ","))")
            }
            names = seen
        }
        self.offered = offered
        graphicsNames = names
    }

    /// Gives each of these leases as many as it asks for, those first that fewest have: where a process of an earlier lease is not quite
    /// gone there may be too few that nobody has. A lease that has its devices keeps them.
    mutating func give(_ wanted: [String: UInt32], to leases: [Lease]) {
        guard !wanted.isEmpty else { return }
        for lease in leases where held[lease] == nil {
            held[lease] = wanted.reduce(into: [:]) { share, want in share[want.key] = pick(want.value, of: want.key) }
        }
    }

    private func pick(_ count: UInt32, of kind: String) -> [Int] {
        var users = [Int](repeating: 0, count: Int(offered[kind] ?? 0))
        for share in held.values { for index in share[kind] ?? [] { users[index] += 1 } }
        let order = users.indices.sorted { (users[$0], $0) < (users[$1], $1) }
        return order.prefix(Int(count)).sorted()
    }

    /// What a unit is told.
    /// - Parameter companions: the leases of its gang's generation on this worker, in the order of `LOCAL_RANK`; its own is one of them.
    ///   The drivers' libraries show a rank the devices of all of them, so that its own are those that programs choose by `LOCAL_RANK`,
    ///   and ranks on one host reach each other's memory.
    func variables(of lease: Lease, among companions: [Lease]) -> [String: String] {
        var variables: [String: String] = [:]
        for (kind, indices) in held[lease] ?? [:] {
            variables["BANQUET_DEVICES_\(Self.suffix(kind))"] = list(indices, of: kind)
        }
        // A unit that asked for none sees none of those that are given to others.
        if offered[Self.graphics] != nil {
            let seen = list(companions.flatMap { held[$0]?[Self.graphics] ?? [] }, of: Self.graphics)
            for variable in Self.visible { variables[variable] = seen.isEmpty ? Self.none : seen }
            // As `nvidia-smi` counts, whose numbers are in the console; CUDA's own order is by speed.
            variables["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        }
        return variables
    }

    /// Leases are over.
    mutating func release(where isOver: (Lease) -> Bool) {
        for lease in held.keys where isOver(lease) { held[lease] = nil }
    }

    private func list(_ indices: [Int], of kind: String) -> String {
        let names = kind == Self.graphics ? graphicsNames : nil
        return indices.map { names?[$0] ?? "\($0)" }.joined(separator: ",")
    }

    /// `gpu` is `GPU`, `nvidia-h100` is `NVIDIA_H100`.
    private static func suffix(_ kind: String) -> String {
        String(kind.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? Character($0.uppercased()) : "_" })
    }
}
