import Coordination
import Display
import Foundation

extension JobSummary {
    static func table(_ jobs: [JobSummary]) -> String {
        var table = Table([
            .init("JOB", priority: 9), .init("NAME", priority: 5), .init("TENANT", priority: 4),
            .init("SHAPE", priority: 3),
            .init("STATE", priority: 8, minimum: 7), .init("RUNNING", numeric: true, priority: 6),
            .init("DONE", numeric: true, priority: 7), .init("FAILED", numeric: true, priority: 6),
            .init("TRY", numeric: true, priority: 1), .init("WAITED", numeric: true, priority: 3),
            .init("RAN", numeric: true, priority: 2),
        ])
        table.rows = jobs.map { job in
            [
                job.id.description, job.name, job.tenant, "\(job.shape) \(job.units)", job.state.rawValue,
                "\(job.unitsRunning)",
                "\(job.unitsSucceeded)", "\(job.unitsFailed)", "\(job.attempts)",
                elapsed(from: job.submitted, to: job.started),
                job.started.map { elapsed(from: $0, to: job.ended) } ?? "-",
            ]
        }
        return table.rendered()
    }
}

/// `-` where `end` hasn't come yet.
private func elapsed(from start: Timestamp, to end: Timestamp?) -> String {
    guard let end else { return "-" }
    return duration(milliseconds: end - start)
}

/// `420ms`, `3.2s`, `4m05s`, `2h10m`
func duration(milliseconds: Int64) -> String {
    switch milliseconds {
    case ..<1000: "\(milliseconds)ms"
    case ..<60_000: String(format: "%.1fs", Double(milliseconds) / 1000)
    case ..<3_600_000: String(format: "%dm%02ds", milliseconds / 60_000, milliseconds / 1000 % 60)
    default: String(format: "%dh%02dm", milliseconds / 3_600_000, milliseconds / 60_000 % 60)
    }
}

extension JobDetail {
    func rendered(isColoured: Bool = Terminal.isColoured) -> String {
        func styled(_ text: String, _ style: Terminal.Style) -> String {
            Terminal.styled(text, style, isColoured: isColoured)
        }
        let job = summary
        let state =
            switch job.state {
            case .succeeded: styled("succeeded", .green)
            case .failed: styled("failed" + (job.exitCode.map { ", exit code \($0)" } ?? ""), .red)
            case .cancelled: styled("cancelled", .yellow)
            default: job.state.rawValue
            }
        let least = specification.minimumRanks.flatMap { $0 < job.units ? "\($0) to " : nil } ?? ""
        var lines = [
            "\(styled(job.id.description, .bold))  \(job.name)  \(state)",
            "tenant      \(job.tenant)",
            "shape       \(job.shape) of \(least)\(job.units), \(job.slotsPerUnit) slot\(job.slotsPerUnit == 1 ? "" : "s") each",
            "program     \(programText)",
            "units       \(job.unitsRunning) running, \(job.unitsSucceeded) succeeded, \(job.unitsFailed) failed, attempt \(job.attempts)",
        ]
        if let communication = specification.communication {
            let text = communication.isUnchecked ? styled("not checked (--no-check)", .yellow) : "checked"
            lines.append("plan".padded(to: 12) + text)
        }
        if let reason = job.reason { lines.append("reason      \(reason)") }
        if let line = checkpointText(isColoured: isColoured) { lines.append("checkpoint  \(line)") }
        if let folder { lines.append("folder      \(folder)") }
        for placement in placements {
            let note = placement.accepted ? "" : ", not yet accepted"
            lines.append(
                "\(job.shape == "gang" ? "rank" : "task") \(placement.index)".padded(to: 12)
                    + "on \(placement.worker), epoch \(placement.epoch.number)\(note)")
        }
        for letter in deadLetters ?? [] {
            lines.append(
                "dead letter".padded(to: 12)
                    + "task \(letter.number ?? letter.index) after \(letter.attempts) attempts: \(letter.reason)")
        }
        for line in explanation ?? [] { lines.append("worker".padded(to: 12) + line) }
        return lines.joined(separator: "\n")
    }

    /// The last checkpoint, and whether that is as old as it may be.
    private func checkpointText(isColoured: Bool) -> String? {
        let promise = specification.checkpointMilliseconds
        let promised = promise.map { "; one every \(duration(milliseconds: $0)) was promised" } ?? ""
        guard let checkpointStep else {
            return promise == nil || summary.state.isFinal ? nil : "none yet\(promised)"
        }
        guard let age = checkpointAgeMilliseconds else { return "step \(checkpointStep)" }
        let isLate = summary.state == .running && age > promise ?? .max
        return "step \(checkpointStep), \(duration(milliseconds: age)) old"
            + (isLate ? Terminal.styled(promised, .yellow, isColoured: isColoured) : "")
    }

    private var programText: String {
        switch specification.program {
        case .command(let arguments): arguments.map(quoted).joined(separator: " ")
        case .builtin(let name, let parameters):
            (["builtin \(name)"] + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(
                separator: " ")
        }
    }

    /// As a shell would take it, for reading.
    private func quoted(_ argument: String) -> String {
        let plain = argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
        return plain && !argument.isEmpty ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}

extension WorkerSummary {
    static func table(_ workers: [WorkerSummary]) -> String {
        var table = Table([
            .init("WORKER", priority: 9), .init("STATE", priority: 8), .init("HOST", priority: 4),
            .init("SLOTS", numeric: true, priority: 7), .init("USED", numeric: true, priority: 7),
            .init("HEARD", numeric: true, priority: 5), .init("LATE AFTER", numeric: true, priority: 1),
            .init("LAPSES AFTER", numeric: true, priority: 2), .init("HOLDS", priority: 3, minimum: 8),
        ])
        let tellsDevices = workers.contains { $0.devices != nil }
        if tellsDevices { table.columns.insert(.init("DEVICES", priority: 4, minimum: 8), at: 8) }
        func time(_ milliseconds: Int64?) -> String { milliseconds.map { duration(milliseconds: $0) } ?? "-" }
        table.rows = workers.map {
            var row = [
                $0.name.description, $0.isDraining == true ? "\($0.state.rawValue), drained" : $0.state.rawValue,
                $0.host, "\($0.slots)", "\($0.slotsUsed)", $0.silentMilliseconds.map { time($0) + " ago" } ?? "-",
                time($0.suspectAfterMilliseconds), time($0.lapsesAfterMilliseconds),
                $0.holding.map(\.task.description).joined(separator: " "),
            ]
            if tellsDevices { row.insert(($0.devices ?? []).map(\.summary).joined(separator: ", "), at: 8) }
            return row
        }
        return table.rendered()
    }
}

extension DeviceState {
    /// `nvidia0 64 °C 97 % 412 W`
    var summary: String {
        let parts = [
            label, celsius.map { "\(Int($0.rounded())) °C" }, utilisationPercent.map { "\($0) %" },
            milliwatts.map { "\(($0 + 500) / 1000) W" }, throttle.map { "slowed: \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: " ")
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
