internal import CProtobufC
internal import CWire
internal import Coordination

// The parts that several messages share: how each is packed and how each is read.

extension Arena {
    func nothing() -> UnsafeMutablePointer<Wire__Nothing> { make(wire__nothing__init) }

    func lease(_ lease: Lease) -> UnsafeMutablePointer<Wire__Lease> {
        let message = make(wire__lease__init)
        message.pointee.job = lease.task.job.number
        message.pointee.index = lease.task.index
        message.pointee.epoch = lease.epoch.number
        return message
    }

    func outcome(_ outcome: Outcome) -> UnsafeMutablePointer<Wire__Outcome> {
        let message = make(wire__outcome__init)
        switch outcome {
        case .exited(let code):
            message.pointee.how_case = WIRE__OUTCOME__HOW_EXITED
            message.pointee.exited = code
        case .signalled(let signal):
            message.pointee.how_case = WIRE__OUTCOME__HOW_SIGNALLED
            message.pointee.signalled = signal
        case .stopped:
            message.pointee.how_case = WIRE__OUTCOME__HOW_STOPPED
            message.pointee.stopped = nothing()
        case .notStarted(let reason):
            message.pointee.how_case = WIRE__OUTCOME__HOW_NOT_STARTED
            message.pointee.not_started = data(reason)
        }
        return message
    }

    func held(_ held: HeldLease) -> UnsafeMutablePointer<Wire__HeldLease>? {
        let message = make(wire__held_lease__init)
        message.pointee.lease = lease(held.lease)
        switch held.phase {
        case .queued:
            message.pointee.phase_case = WIRE__HELD_LEASE__PHASE_QUEUED
            message.pointee.queued = nothing()
        case .accepted(let port):
            message.pointee.phase_case = WIRE__HELD_LEASE__PHASE_ACCEPTED
            message.pointee.accepted = UInt32(port)
        case .running:
            message.pointee.phase_case = WIRE__HELD_LEASE__PHASE_RUNNING
            message.pointee.running = nothing()
        case .finished(let result):
            message.pointee.phase_case = WIRE__HELD_LEASE__PHASE_FINISHED
            message.pointee.finished = outcome(result)
        }
        return message
    }

    /// Sorted, so that the same value always makes the same frame.
    func pairs(_ pairs: [String: String]) -> UnsafeMutablePointer<UnsafeMutablePointer<Wire__Pair>?>? {
        list(
            pairs.sorted { $0.key < $1.key }.map { key, value -> UnsafeMutablePointer<Wire__Pair>? in
                let message = make(wire__pair__init)
                message.pointee.key = data(key)
                message.pointee.value = data(value)
                return message
            })
    }

    func program(_ program: JobSpecification.Program) -> UnsafeMutablePointer<Wire__Program> {
        let message = make(wire__program__init)
        switch program {
        case .command(let arguments):
            let command = make(wire__command__init)
            command.pointee.n_arguments = arguments.count
            command.pointee.arguments = list(arguments.map { data($0) })
            message.pointee.kind_case = WIRE__PROGRAM__KIND_COMMAND
            message.pointee.command = command
        case .builtin(let name, let parameters):
            let builtin = make(wire__builtin__init)
            builtin.pointee.name = data(name)
            builtin.pointee.n_parameters = parameters.count
            builtin.pointee.parameters = pairs(parameters)
            message.pointee.kind_case = WIRE__PROGRAM__KIND_BUILTIN
            message.pointee.builtin = builtin
        }
        return message
    }

    func stream(_ stream: LogStream) -> Wire__Stream {
        switch stream {
        case .output: WIRE__STREAM__STREAM_OUTPUT
        case .error: WIRE__STREAM__STREAM_ERROR
        }
    }
}

extension Reading {
    func lease(
        _ message: UnsafeMutablePointer<Wire__Lease>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> Lease {
        let lease = try required(message, field())
        return Lease(TaskID(JobID(lease.job), lease.index), Epoch(lease.epoch))
    }

    func outcome(
        _ message: UnsafeMutablePointer<Wire__Outcome>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> Outcome {
        let outcome = try required(message, field())
        switch outcome.how_case {
        case WIRE__OUTCOME__HOW_EXITED:
            guard (0...255).contains(outcome.exited) else {
                throw .garbage(field: "\(field()).exited", reason: "\(outcome.exited) is no exit code: 0 to 255")
            }
            return .exited(code: outcome.exited)
        case WIRE__OUTCOME__HOW_SIGNALLED:
            guard (1...127).contains(outcome.signalled) else {
                throw .garbage(field: "\(field()).signalled", reason: "\(outcome.signalled) is no signal: 1 to 127")
            }
            return .signalled(signal: outcome.signalled)
        case WIRE__OUTCOME__HOW_STOPPED: return .stopped
        case WIRE__OUTCOME__HOW_NOT_STARTED:
            return .notStarted(reason: try text(outcome.not_started, "\(field()).notStarted"))
        default: throw .garbage(field: field(), reason: "none of the outcomes known here")
        }
    }

    func held(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Wire__HeldLease>?>?, _ count: Int,
        _ field: @autoclosure () -> String
    ) throws(WireError) -> [HeldLease] {
        var held: [HeldLease] = []
        for (index, message) in try list(messages, count, field(), limit: limits.held).enumerated() {
            let message = try required(message, "\(field())[\(index)]")
            let lease = try lease(message.lease, "\(field())[\(index)].lease")
            switch message.phase_case {
            case WIRE__HELD_LEASE__PHASE_QUEUED: held.append(HeldLease(lease, .queued))
            case WIRE__HELD_LEASE__PHASE_ACCEPTED:
                let port = try port(message.accepted, "\(field())[\(index)].accepted")
                held.append(HeldLease(lease, .accepted(port: port)))
            case WIRE__HELD_LEASE__PHASE_RUNNING: held.append(HeldLease(lease, .running))
            case WIRE__HELD_LEASE__PHASE_FINISHED:
                let outcome = try outcome(message.finished, "\(field())[\(index)].finished")
                held.append(HeldLease(lease, .finished(outcome)))
            default: throw .garbage(field: "\(field())[\(index)]", reason: "none of the phases known here")
            }
        }
        return held
    }

    func pairs(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Wire__Pair>?>?, _ count: Int,
        _ field: @autoclosure () -> String
    ) throws(WireError) -> [String: String] {
        var pairs: [String: String] = [:]
        for (index, message) in try list(messages, count, field(), limit: limits.pairs).enumerated() {
            let message = try required(message, "\(field())[\(index)]")
            let key = try systemText(message.key, "\(field())[\(index)].key")
            let value = try systemText(message.value, "\(field())[\(index)].value")
            guard pairs.updateValue(value, forKey: key) == nil else {
                throw .garbage(field: "\(field())[\(index)].key", reason: "it is there twice")
            }
        }
        return pairs
    }

    func program(
        _ message: UnsafeMutablePointer<Wire__Program>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> JobSpecification.Program {
        let program = try required(message, field())
        switch program.kind_case {
        case WIRE__PROGRAM__KIND_COMMAND:
            let command = try required(program.command, "\(field()).command")
            let texts = try list(
                command.arguments, command.n_arguments, "\(field()).command.arguments", limit: limits.arguments)
            var arguments: [String] = []
            for (index, data) in texts.enumerated() {
                arguments.append(try systemText(data, "\(field()).command.arguments[\(index)]"))
            }
            return .command(arguments)
        case WIRE__PROGRAM__KIND_BUILTIN:
            let builtin = try required(program.builtin, "\(field()).builtin")
            return .builtin(
                try systemText(builtin.name, "\(field()).builtin.name"),
                parameters: try pairs(builtin.parameters, builtin.n_parameters, "\(field()).builtin.parameters"))
        default: throw .garbage(field: field(), reason: "none of the programs known here")
        }
    }

    func worker(_ data: ProtobufCBinaryData, _ field: @autoclosure () -> String) throws(WireError) -> WorkerName {
        guard let worker = WorkerName(try text(data, field(), limit: limits.host)) else {
            throw .garbage(field: field(), reason: "not a worker's name (1 to 64 of A-Z a-z 0-9 . _ -)")
        }
        return worker
    }

    func stream(_ stream: Wire__Stream, _ field: @autoclosure () -> String) throws(WireError) -> LogStream {
        switch stream {
        case WIRE__STREAM__STREAM_OUTPUT: return .output
        case WIRE__STREAM__STREAM_ERROR: return .error
        default: throw .garbage(field: field(), reason: "none of the streams known here")
        }
    }

    /// Empty on the wire stands for none.
    func workingDirectory(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String
    ) throws(WireError) -> String? {
        let path = try systemText(data, field())
        return path.isEmpty ? nil : path
    }
}
