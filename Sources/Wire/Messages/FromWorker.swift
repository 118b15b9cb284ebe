internal import CWire
internal import Coordination

extension Arena {
    func fromWorker(_ message: WorkerMessage) -> UnsafeMutablePointer<Wire__FromWorker> {
        let frame = make(wire__from_worker__init)
        switch message {
        case .join(let join):
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_JOIN
            frame.pointee.join = self.join(join)
        case .heartbeat(let beat):
            let message = make(wire__heartbeat__init)
            message.pointee.incarnation = beat.incarnation.number
            message.pointee.sequence = beat.sequence
            message.pointee.n_held = beat.held.count
            message.pointee.held = list(beat.held.map { held($0) })
            message.pointee.n_devices = beat.devices.count
            message.pointee.devices = list(beat.devices.map { device($0) })
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_HEARTBEAT
            frame.pointee.heartbeat = message
        case .accept(let lease, let port):
            let message = make(wire__accept__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.port = UInt32(port)
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_ACCEPT
            frame.pointee.accept = message
        case .finish(let lease, let outcome):
            let message = make(wire__finish__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.outcome = self.outcome(outcome)
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_FINISH
            frame.pointee.finish = message
        case .metrics(let lease, let json):
            let message = make(wire__metrics__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.json = data(json)
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_METRICS
            frame.pointee.metrics = message
        case .log(let lease, let stream, let offset, let bytes):
            let message = make(wire__log__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.stream = self.stream(stream)
            message.pointee.offset = offset
            message.pointee.content = data(bytes)
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_LOG
            frame.pointee.log = message
        case .checkpoint(let lease, let step, let bytes):
            let message = make(wire__checkpoint__init)
            message.pointee.lease = self.lease(lease)
            message.pointee.step = step
            message.pointee.content = data(bytes)
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_CHECKPOINT
            frame.pointee.checkpoint = message
        case .leave:
            frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_LEAVE
            frame.pointee.leave = nothing()
        }
        return frame
    }

    func fromWorkers(_ messages: [WorkerMessage]) -> UnsafeMutablePointer<Wire__FromWorker> {
        let frame = make(wire__from_worker__init)
        let batch = make(wire__from_worker_batch__init)
        batch.pointee.n_messages = messages.count
        batch.pointee.messages = list(
            messages.map { message -> UnsafeMutablePointer<Wire__FromWorker>? in fromWorker(message) })
        frame.pointee.message_case = WIRE__FROM_WORKER__MESSAGE_BATCH
        frame.pointee.batch = batch
        return frame
    }

    private func join(_ join: Join) -> UnsafeMutablePointer<Wire__Join> {
        let message = make(wire__join__init)
        message.pointee.worker = data(join.worker.description)
        message.pointee.incarnation = join.incarnation.number
        message.pointee.sequence = join.sequence
        message.pointee.slots = join.slots
        message.pointee.host = data(join.host)
        message.pointee.n_held = join.held.count
        message.pointee.held = list(join.held.map { held($0) })
        message.pointee.offer = offer(join.offer)
        message.pointee.takes_gang_keys = join.takesGangKeys ? 1 : 0
        return message
    }
}

extension Reading {
    func fromWorkers(_ batch: Wire__FromWorkerBatch) throws(WireError) -> [WorkerMessage] {
        var messages: [WorkerMessage] = []
        messages.reserveCapacity(batch.n_messages)
        for message in try list(batch.messages, batch.n_messages, "batch", limit: limits.batch) {
            messages.append(try fromWorker(try required(message, "batch.message")))
        }
        return messages
    }

    func fromWorker(_ frame: Wire__FromWorker) throws(WireError) -> WorkerMessage {
        switch frame.message_case {
        case WIRE__FROM_WORKER__MESSAGE_JOIN: return .join(try join(try required(frame.join, "join")))
        case WIRE__FROM_WORKER__MESSAGE_HEARTBEAT:
            let message = try required(frame.heartbeat, "heartbeat")
            return .heartbeat(
                Heartbeat(
                    incarnation: Incarnation(message.incarnation), sequence: message.sequence,
                    held: try held(message.held, message.n_held, "heartbeat.held"),
                    devices: try devices(message.devices, message.n_devices, "heartbeat.devices")))
        case WIRE__FROM_WORKER__MESSAGE_ACCEPT:
            let message = try required(frame.accept, "accept")
            return .accept(try lease(message.lease, "accept.lease"), port: try port(message.port, "accept.port"))
        case WIRE__FROM_WORKER__MESSAGE_FINISH:
            let message = try required(frame.finish, "finish")
            return .finish(
                try lease(message.lease, "finish.lease"), try outcome(message.outcome, "finish.outcome"))
        case WIRE__FROM_WORKER__MESSAGE_METRICS:
            let message = try required(frame.metrics, "metrics")
            return .metrics(try lease(message.lease, "metrics.lease"), json: try text(message.json, "metrics.json"))
        case WIRE__FROM_WORKER__MESSAGE_LOG:
            let message = try required(frame.log, "log")
            return .log(
                try lease(message.lease, "log.lease"), try stream(message.stream, "log.stream"), offset: message.offset,
                bytes: bytes(message.content))
        case WIRE__FROM_WORKER__MESSAGE_CHECKPOINT:
            let message = try required(frame.checkpoint, "checkpoint")
            return .checkpoint(
                try lease(message.lease, "checkpoint.lease"), step: message.step, bytes: bytes(message.content))
        case WIRE__FROM_WORKER__MESSAGE_LEAVE: return .leave
        default: throw .garbage(field: "frame", reason: "none of a worker's messages known here")
        }
    }

    private func join(_ message: Wire__Join) throws(WireError) -> Join {
        let worker = try worker(message.worker, "join.worker")
        var join = Join(
            worker: worker, incarnation: Incarnation(message.incarnation), sequence: message.sequence,
            slots: message.slots, host: try host(message.host, "join.host"),
            held: try held(message.held, message.n_held, "join.held"),
            offer: try offer(message.offer, "join.offer"))
        join.takesGangKeys = message.takes_gang_keys != 0
        return join
    }
}
