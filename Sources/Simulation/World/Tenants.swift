import Coordination

/// A tenant's command line with one job: it asks until it is answered, by the same key.
struct Client {
    let submission: Submission
    let key: String
    var attempt = 0
    var job: JobID?
    var isRefused = false
    var wantsCancel = false
    var isCancelAnswered = false

    var isAnswered: Bool { job != nil || isRefused }
    var isOver: Bool { isRefused || (job != nil && (!wantsCancel || isCancelAnswered)) }
}

extension World {
    func submit(_ submission: Submission, incident: Int) {
        firstClients[submission.number] = clients.count
        // The others' places must be known at once: a cancel names them all.
        for copy in 0..<submission.count {
            clients.append(Client(submission: submission, key: "s\(submission.number).\(copy)"))
        }
        submitCopy(of: schedule.incidents[incident], 0)
        // One at a time, so that a long flood does not fill the queue of what happens next.
        if submission.count > 1 {
            queue.add(.submit(incident: incident, copy: 1), at: now + submission.interval * 1000)
        }
    }

    func submitCopy(of incident: Incident, _ copy: Int) {
        guard case .submit(let submission) = incident.action, let first = firstClients[submission.number] else {
            return
        }
        statistics.submitted(submission.tenant)
        ask(first + copy, attempt: clients[first + copy].attempt)
        guard copy > 0, copy + 1 < submission.count else { return }
        let index = schedule.incidents.firstIndex(of: incident)!
        queue.add(.submit(incident: index, copy: copy + 1), at: now + submission.interval * 1000)
    }

    func cancel(submission number: Int) {
        guard let first = firstClients[number] else { return }
        for client in first..<first + clients[first].submission.count where !clients[client].wantsCancel {
            clients[client].wantsCancel = true
            if clients[client].job != nil { askAnew(client) }
        }
    }

    func askAnew(_ client: Int) {
        clients[client].attempt += 1
        ask(client, attempt: clients[client].attempt)
    }

    /// Asks on a connection of its own, and again when nothing is heard for some seconds.
    func ask(_ client: Int, attempt: Int) {
        guard attempt == clients[client].attempt, !clients[client].isOver else { return }
        let asking = clients[client]
        let blockers = asking.submission.after.compactMap { firstClients[$0] }.filter { $0 != client }
        clients[client].attempt += 1
        let wait = noise.number(in: 2_000_000...4_000_000, .write, client, attempt + 1, 7)
        queue.add(.tenantAsks(client: client, attempt: attempt + 1), at: now + wait)
        // It names the jobs that it comes after, so it waits until their tenants know them.
        guard coordinator.isUp, asking.job != nil || blockers.allSatisfy({ clients[$0].isAnswered }) else { return }
        let request: ClientRequest
        if let job = asking.job {
            request = .cancel(job)
        } else {
            let after = blockers.compactMap { clients[$0].job }
            request = .submit(asking.submission.specification(after: after), key: asking.key)
        }
        let connection = coordinator.connect(.client(client))
        transmit(
            Network.Flight(
                .request(request), on: Incident.Link(.tenant(submission: asking.submission.number), isUp: true),
                life: coordinator.life, connection: connection, client: client))
    }

    func hear(_ reply: ClientReply, client: Int) {
        switch reply {
        case .submitted(let job):
            if let known = clients[client].job, known != job {
                accuse("one submission (\(clients[client].key)) was acknowledged as \(known) and as \(job)")
            }
            guard clients[client].job == nil else { return }
            clients[client].job = job
            // One attempt may be refused and another, under way at the same time, taken: the job is there.
            clients[client].isRefused = false
            if clients[client].wantsCancel { askAnew(client) }
        case .cancelled: clients[client].isCancelAnswered = true
        case .refused, .busy:
            if clients[client].job != nil {
                clients[client].isCancelAnswered = true
            } else {
                clients[client].isRefused = true
                statistics.refused(clients[client].submission.tenant)
            }
        default: break
        }
    }
}
