import Coordination
import Foundation

/// What `/metrics` says of the cluster as it stands at the moment of asking.
enum ClusterMetrics {
    static let help = [
        "banquet_events_total": "Protocol events that the coordinator decided and wrote down.",
        "banquet_commit_duration_seconds": "How long the disk took for a commit.",
        "banquet_refused_frames_total": "Frames that could not be read.",
        "banquet_refusals_total": "Messages and submissions that were refused.",
        "banquet_jobs": "Jobs that are remembered, by state.",
        "banquet_workers": "Workers, by state.",
        "banquet_slots": "Slots that the workers offer.",
        "banquet_slots_used": "Slots that are held by leases.",
        "banquet_journal_entries": "The journal's last entry.",
        "banquet_unverified": "1 where the coordinator was started although its preflight did not pass.",
        "banquet_tenant_slots_used": "Slots that the tenant's units hold.",
        "banquet_tenant_dominant_share": "The tenant's dominant share of the cluster, 0 to 1.",
        "banquet_tenant_weight": "The tenant's weight.",
        "banquet_tenant_jobs": "The tenant's jobs that have not ended.",
        "banquet_tenant_queued_units": "The tenant's units that wait for a lease.",
        "banquet_tenant_wait_seconds": "How long the tenant's first waiting job has waited since its submission.",
        "banquet_tenant_overtaken_units":
            "Units of anybody that were started since the tenant's first waiting job became the first.",
        "banquet_state_free_bytes": "Bytes that are free where the state folder lies.",
        "banquet_device_temperature_celsius": "The device's hottest sensor.",
        "banquet_device_utilisation_ratio": "How much of the last seconds the device was busy, 0 to 1.",
        "banquet_device_memory_used_bytes": "Memory of the device (of the host, for processors) that is used.",
        "banquet_device_memory_bytes": "Memory of the device (of the host, for processors).",
        "banquet_device_power_watts": "What the device draws.",
        "banquet_device_throttled": "1 where the device is slower than it could be, by heat or for want of power.",
        "banquet_worker_energy_joules_total":
            "Energy that the worker's devices have used since the coordinator started.",
        "banquet_alerts": "Alerts that are open, by kind.",
        "process_resident_memory_bytes": "The coordinator's memory.",
        "process_cpu_seconds_total": "The coordinator's processor time.",
        "process_open_fds": "The coordinator's open file descriptors.",
    ]

    static func write(_ overview: ClusterOverview, to text: inout PrometheusText) {
        typealias Label = PrometheusText.Label
        for state in [JobState.queued, .starting, .running, .stopping, .succeeded, .failed, .cancelled] {
            text.add(
                .gauge, "banquet_jobs", [Label("state", state.rawValue)], Double(overview.jobs[state.rawValue] ?? 0))
        }
        for (state, count) in overview.workers {
            text.add(.gauge, "banquet_workers", [Label("state", state)], Double(count))
        }
        text.add(.gauge, "banquet_slots", Double(overview.slots))
        text.add(.gauge, "banquet_slots_used", Double(overview.slotsUsed))
        text.add(.gauge, "banquet_journal_entries", Double(overview.sequence))
        text.add(.gauge, "banquet_unverified", overview.isUnverified ? 1 : 0)
        for tenant in overview.tenants {
            let label = [Label("tenant", tenant.name)]
            text.add(.gauge, "banquet_tenant_slots_used", label, Double(tenant.slotsUsed))
            text.add(.gauge, "banquet_tenant_dominant_share", label, tenant.dominantShare)
            text.add(.gauge, "banquet_tenant_weight", label, Double(tenant.weight))
            text.add(.gauge, "banquet_tenant_jobs", label, Double(tenant.activeJobs))
            text.add(.gauge, "banquet_tenant_queued_units", label, Double(tenant.queuedUnits))
            let wait = tenant.waitsSince.map { Double(max(0, overview.time - $0)) / 1000 } ?? 0
            text.add(.gauge, "banquet_tenant_wait_seconds", label, wait)
            text.add(.gauge, "banquet_tenant_overtaken_units", label, Double(tenant.overtaken))
        }
    }

    static func write(
        _ devices: [WorkerName: [DeviceState]], energy: [WorkerName: Double], to text: inout PrometheusText
    ) {
        typealias Label = PrometheusText.Label
        let all = devices.sorted { $0.key < $1.key }.flatMap { worker, devices in devices.map { (worker, $0) } }
        func add(_ name: String, _ value: (DeviceState) -> Double?) {
            for (worker, device) in all {
                guard let value = value(device) else { continue }
                let labels = [
                    Label("worker", worker.description), Label("device", device.label), Label("name", device.name),
                ]
                text.add(.gauge, name, labels, value)
            }
        }
        add("banquet_device_temperature_celsius", \.celsius)
        add("banquet_device_utilisation_ratio") { $0.utilisationPercent.map { Double($0) / 100 } }
        add("banquet_device_memory_used_bytes") { $0.memory.map { Double($0.used) } }
        add("banquet_device_memory_bytes") { $0.memory.map { Double($0.total) } }
        add("banquet_device_power_watts") { $0.milliwatts.map { Double($0) / 1000 } }
        add("banquet_device_throttled") { $0.throttle == nil ? 0 : 1 }
        for (worker, joules) in energy.sorted(by: { $0.key < $1.key }) {
            text.add(.counter, "banquet_worker_energy_joules_total", [Label("worker", worker.description)], joules)
        }
    }

    /// Of this process, as Prometheus' client libraries name them.
    static func writeProcess(to text: inout PrometheusText) {
        let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        if statm.count > 1, let pages = Double(statm[1]) {
            text.add(.gauge, "process_resident_memory_bytes", pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            text.add(
                .counter, "process_cpu_seconds_total",
                seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6)
        }
        if let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            text.add(.gauge, "process_open_fds", Double(descriptors.count))
        }
    }
}
