import Communication
import Foundation

extension PlanReport {
    /// 0 yes, 1 no, 3 nothing is known.
    var exitCode: Int32 {
        switch verdict {
        case .holds: 0
        case .fails: 1
        case .unknown: 3
        }
    }

    /// As people read it. `file` is where the calls' lines are.
    func rendered(file: String) -> String {
        let sizes = fromRanks.map { "\($0) to \(ranks) ranks" } ?? "\(ranks) rank\(ranks == 1 ? "" : "s")"
        var lines = ["\(file)  \(sizes), \(calls) calls\(fromRanks == nil ? "" : " with \(ranks)"), \(kindOfSends)"]
        switch verdict {
        case .holds:
            lines.append("  \(Terminal.styled("holds", .green)): every run comes to its end\(room)")
        case .fails: lines.append("  \(Terminal.styled("fails", .red)): \(fault?.summary ?? "")")
        case .unknown: lines.append("  \(Terminal.styled("unknown", .yellow)): \(limit ?? "a limit was reached")")
        }
        if let fault { lines += details(fault) }
        if verdict == .fails { lines.append(contentsOf: repair) }
        let looked = states > 1 ? "\(states) states, " : ""
        lines.append("  \(looked)\(String(format: "%.2g", seconds)) s")
        return lines.joined(separator: "\n")
    }

    /// `rendezvous sends`; `eager sends, buffer 2`.
    private var kindOfSends: String {
        let parts = sends.split(separator: ",", maxSplits: 1)
        return parts[0] + " sends" + (parts.count > 1 ? "," + parts[1] : "")
    }

    /// How much room it needs.
    private var room: String {
        switch smallestBuffer {
        case nil: ""
        case 0?: ", also with rendezvous sends"
        case let needed?: "; with buffers of \(needed) message\(needed == 1 ? "" : "s") or more"
        }
    }

    private var repair: [String] {
        switch smallestBuffer {
        case nil where sends == "rendezvous": ["  buffer    none would do"]
        case nil: ["  buffer    no other would do"]
        case 0?: ["  buffer    without one, with rendezvous sends, it would hold"]
        case let needed?:
            ["  buffer    \(needed) message\(needed == 1 ? "" : "s") on each channel would do, and less would not"]
        }
    }

    private func details(_ fault: Fault) -> [String] {
        var lines: [String] = []
        for (number, site) in fault.taken.enumerated() {
            lines.append("  \(number == 0 ? "order     " : "          ")\(text(site))")
        }
        let label = fault.kind == .deadlock ? "ring" : "where"
        for (number, stuck) in fault.ring.enumerated() {
            lines.append("  \((number == 0 ? label : "").padded(to: 10))\(text(stuck.site))")
            lines.append("            needs \(stuck.reason)")
        }
        let others = fault.stuck.dropFirst(fault.ring.count)
        for (number, stuck) in others.prefix(8).enumerated() {
            lines.append("  \((number == 0 ? "stuck" : "").padded(to: 10))\(text(stuck.site)), needs \(stuck.reason)")
        }
        let more = fault.stuckRanks - fault.ring.count - min(others.count, 8)
        if more > 0 { lines.append("            and \(more) more ranks") }
        for (number, text) in fault.left.prefix(fault.kind == .leftOver ? 20 : 0).enumerated() {
            lines.append("  \(number == 0 ? "left      " : "          ")\(text)")
        }
        return lines
    }

    private func text(_ site: Site) -> String {
        "rank \(site.rank)  call \(site.call), line \(site.place.line): \(site.text)"
            + (site.circumstances.map { " (\($0))" } ?? "")
    }
}
