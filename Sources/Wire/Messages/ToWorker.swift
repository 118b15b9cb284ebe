internal import CWire
internal import Coordination

extension Arena {
    /// - Parameter checkpoint: travels with `start`, and with nothing else.
    func toWorker(_ message: CoordinatorMessage, checkpoint: [UInt8]?) -> UnsafeMutablePointer<Wire__ToWorker> {
        let frame = make(wire__to_worker__init)
        switch message {
        case .welcome(let terms, let sequence, let floor):
            let message = make(wire__welcome__init)
            message.pointee.heartbeat_milliseconds = terms.heartbeatMilliseconds
            message.pointee.lease_milliseconds = terms.leaseMilliseconds
            message.pointee.sequence = sequence
            message.pointee.floor = floor.number
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_WELCOME
            frame.pointee.welcome = message
        case .refuse(let reason):
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_REFUSE
            frame.pointee.refuse = data(reason)
        case .assign(let assignment):
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_ASSIGN
            frame.pointee.assign = assign(assignment)
        case .start(let lease, let rendezvous):
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_START
            frame.pointee.start = start(lease, rendezvous, checkpoint)
        case .stop(let lease, let graceMilliseconds):
            let message = make(wire__stop__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.grace_milliseconds = graceMilliseconds
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_STOP
            frame.pointee.stop = message
        case .settle(let lease):
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_SETTLE
            frame.pointee.settle = self.lease(lease)
        case .renew(let sequence, let floor):
            let message = make(wire__renew__init)
            message.pointee.sequence = sequence
            message.pointee.floor = floor.number
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_RENEW
            frame.pointee.renew = message
        case .fence(let incarnation):
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_FENCE
            frame.pointee.fence = incarnation.number
        case .probe:
            frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_PROBE
            frame.pointee.probe = nothing()
        }
        return frame
    }

    func toWorkers(_ messages: [CoordinatorMessage]) -> UnsafeMutablePointer<Wire__ToWorker> {
        let frame = make(wire__to_worker__init)
        let batch = make(wire__to_worker_batch__init)
        batch.pointee.n_messages = messages.count
        batch.pointee.messages = list(
            messages.map { message -> UnsafeMutablePointer<Wire__ToWorker>? in toWorker(message, checkpoint: nil) })
        frame.pointee.message_case = WIRE__TO_WORKER__MESSAGE_BATCH
        frame.pointee.batch = batch
        return frame
    }

    private func assign(_ assignment: Assignment) -> UnsafeMutablePointer<Wire__Assign> {
        let message = make(wire__assign__init)
        message.pointee.lease = lease(assignment.lease)
        message.pointee.program = program(assignment.program)
        message.pointee.n_environment = assignment.environment.count
        message.pointee.environment = pairs(assignment.environment)
        message.pointee.working_directory = data(assignment.workingDirectory ?? "")
        message.pointee.slots = assignment.slots
        message.pointee.is_gang = assignment.isGang ? 1 : 0
        message.pointee.world_size = assignment.worldSize
        message.pointee.attempt = assignment.attempt
        message.pointee.tenant = data(assignment.tenant)
        message.pointee.memory = assignment.memory
        message.pointee.n_devices = assignment.devices.count
        message.pointee.devices = amounts(assignment.devices.mapValues(UInt64.init))
        if assignment.taskNumber != assignment.lease.task.index {
            message.pointee.task_number = UInt64(assignment.taskNumber) + 1
        }
        return message
    }

    private func start(
        _ lease: Lease, _ rendezvous: Rendezvous, _ checkpoint: [UInt8]?
    ) -> UnsafeMutablePointer<Wire__Start> {
        let message = make(wire__start__init)
        message.pointee.lease = self.lease(lease)
        message.pointee.host = data(rendezvous.host)
        message.pointee.port = UInt32(rendezvous.port)
        message.pointee.local_rank = rendezvous.localRank
        if let step = rendezvous.checkpointStep {
            let resume = make(wire__resume__init)
            resume.pointee.step = step
            resume.pointee.content = data(checkpoint ?? [])
            message.pointee.resume = resume
        }
        message.pointee.gang_key = data(rendezvous.gangKey?.revealed ?? "")
        return message
    }
}

extension Reading {
    func toWorkers(_ batch: Wire__ToWorkerBatch) throws(WireError) -> [CoordinatorMessage] {
        var messages: [CoordinatorMessage] = []
        messages.reserveCapacity(batch.n_messages)
        for message in try list(batch.messages, batch.n_messages, "batch", limit: limits.batch) {
            messages.append(try toWorker(try required(message, "batch.message")).message)
        }
        return messages
    }

    func toWorker(
        _ frame: Wire__ToWorker
    ) throws(WireError) -> (message: CoordinatorMessage, checkpoint: [UInt8]?) {
        switch frame.message_case {
        case WIRE__TO_WORKER__MESSAGE_WELCOME:
            let message = try required(frame.welcome, "welcome")
            let terms = Terms(
                heartbeatMilliseconds: message.heartbeat_milliseconds, leaseMilliseconds: message.lease_milliseconds)
            return (.welcome(terms, sequence: message.sequence, floor: Epoch(message.floor)), nil)
        case WIRE__TO_WORKER__MESSAGE_REFUSE: return (.refuse(reason: try text(frame.refuse, "refuse")), nil)
        case WIRE__TO_WORKER__MESSAGE_ASSIGN: return (.assign(try assign(try required(frame.assign, "assign"))), nil)
        case WIRE__TO_WORKER__MESSAGE_START: return try start(try required(frame.start, "start"))
        case WIRE__TO_WORKER__MESSAGE_STOP:
            let message = try required(frame.stop, "stop")
            return (
                .stop(try lease(message.lease, "stop.lease"), graceMilliseconds: message.grace_milliseconds), nil
            )
        case WIRE__TO_WORKER__MESSAGE_SETTLE: return (.settle(try lease(frame.settle, "settle")), nil)
        case WIRE__TO_WORKER__MESSAGE_RENEW:
            let message = try required(frame.renew, "renew")
            return (.renew(sequence: message.sequence, floor: Epoch(message.floor)), nil)
        case WIRE__TO_WORKER__MESSAGE_FENCE: return (.fence(Incarnation(frame.fence)), nil)
        case WIRE__TO_WORKER__MESSAGE_PROBE: return (.probe, nil)
        default: throw .garbage(field: "frame", reason: "none of the coordinator's messages known here")
        }
    }

    private func assign(_ message: Wire__Assign) throws(WireError) -> Assignment {
        Assignment(
            lease: try lease(message.lease, "assign.lease"),
            program: try program(message.program, "assign.program"),
            environment: try pairs(message.environment, message.n_environment, "assign.environment"),
            workingDirectory: try workingDirectory(message.working_directory, "assign.workingDirectory"),
            slots: message.slots, isGang: message.is_gang != 0, worldSize: message.world_size, attempt: message.attempt,
            taskNumber: message.task_number == 0 ? nil : UInt32(clamping: message.task_number - 1),
            tenant: try text(message.tenant, "assign.tenant"), memory: message.memory,
            devices: try amounts(message.devices, message.n_devices, "assign.devices"))
    }

    private func start(
        _ message: Wire__Start
    ) throws(WireError) -> (message: CoordinatorMessage, checkpoint: [UInt8]?) {
        let resume = message.resume?.pointee
        let key = try text(message.gang_key, "start.gangKey", limit: limits.host)
        let gangKey = GangKey(revealed: key)
        guard key.isEmpty || gangKey != nil else {
            throw .garbage(field: "start.gangKey", reason: "not \(GangKey.length) characters of Z85")
        }
        let rendezvous = Rendezvous(
            host: try host(message.host, "start.host"), port: try port(message.port, "start.port"),
            localRank: message.local_rank, checkpointStep: resume?.step, gangKey: gangKey)
        let content = resume.map { bytes($0.content) } ?? []
        return (.start(try lease(message.lease, "start.lease"), rendezvous), content.isEmpty ? nil : content)
    }
}
