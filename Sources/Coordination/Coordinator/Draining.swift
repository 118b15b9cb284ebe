/// Workers that an operator takes out of service, and puts back.
extension Coordinator {
    mutating func drain(_ name: WorkerName, isNow: Bool) -> ClientReply {
        guard let worker = state.workers[name] else { return unknown(name) }
        if !worker.isCordoned { record(.cordon(name)) }
        if isNow {
            for epoch in worker.leases {
                if let lease = state.leases[epoch] { preempt(Lease(lease.task, epoch)) }
            }
        }
        return .workers([summary(of: name, worker: state.workers[name] ?? worker, at: now)])
    }

    mutating func undrain(_ name: WorkerName) -> ClientReply {
        guard let worker = state.workers[name] else { return unknown(name) }
        if worker.isCordoned {
            record(.uncordon(name))
            needsScheduling = true
        }
        return .workers([summary(of: name, worker: state.workers[name] ?? worker, at: now)])
    }

    private func unknown(_ name: WorkerName) -> ClientReply {
        .refused(reason: "there is no worker \(name); `banquet workers` lists those that there are")
    }
}
