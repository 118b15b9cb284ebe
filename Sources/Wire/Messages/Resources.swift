internal import CProtobufC
internal import CWire
internal import Coordination

// What workers offer and units ask for. A value that has its default travels as nothing.

extension Arena {
    /// Sorted, so that the same value always makes the same frame.
    func amounts(_ amounts: [String: UInt64]) -> UnsafeMutablePointer<UnsafeMutablePointer<Wire__Amount>?>? {
        list(
            amounts.sorted { $0.key < $1.key }.map { kind, amount -> UnsafeMutablePointer<Wire__Amount>? in
                let message = make(wire__amount__init)
                message.pointee.kind = data(kind)
                message.pointee.amount = amount
                return message
            })
    }

    func requirements(_ requirements: Requirements) -> UnsafeMutablePointer<Wire__Requirements>? {
        guard requirements != Requirements() else { return nil }
        let message = make(wire__requirements__init)
        message.pointee.cores = requirements.cores
        message.pointee.memory = requirements.memory
        message.pointee.n_devices = requirements.devices.count
        message.pointee.devices = amounts(requirements.devices.mapValues(UInt64.init))
        message.pointee.n_labels = requirements.labels.count
        message.pointee.labels = pairs(requirements.labels)
        message.pointee.n_preferred_labels = requirements.preferredLabels.count
        message.pointee.preferred_labels = pairs(requirements.preferredLabels)
        message.pointee.n_data = requirements.data.count
        message.pointee.data = amounts(requirements.data)
        return message
    }

    func offer(_ offer: WorkerOffer) -> UnsafeMutablePointer<Wire__Offer>? {
        guard offer != WorkerOffer() else { return nil }
        let message = make(wire__offer__init)
        message.pointee.cores = offer.cores
        message.pointee.memory = offer.memory
        message.pointee.n_devices = offer.devices.count
        message.pointee.devices = amounts(offer.devices.mapValues(UInt64.init))
        message.pointee.n_labels = offer.labels.count
        message.pointee.labels = pairs(offer.labels)
        message.pointee.speed_percent = offer.speedPercent
        message.pointee.price = offer.price
        message.pointee.n_links = offer.links.count
        message.pointee.links = list(
            offer.links.sorted { $0.key < $1.key }.map { site, link -> UnsafeMutablePointer<Wire__Link>? in
                let message = make(wire__link__init)
                message.pointee.site = data(site)
                message.pointee.bytes_per_second = link.bytesPerSecond
                message.pointee.latency_microseconds = link.latencyMicroseconds
                return message
            })
        message.pointee.credit = offer.credit
        return message
    }
}

extension Reading {
    func amounts<Number: FixedWidthInteger & Sendable>(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Wire__Amount>?>?, _ count: Int,
        _ field: @autoclosure () -> String
    ) throws(WireError) -> [String: Number] {
        var amounts: [String: Number] = [:]
        for (index, message) in try list(messages, count, field(), limit: limits.pairs).enumerated() {
            let message = try required(message, "\(field())[\(index)]")
            let kind = try systemText(message.kind, "\(field())[\(index)].kind", limit: limits.host)
            guard let amount = Number(exactly: message.amount) else {
                throw .garbage(field: "\(field())[\(index)].amount", reason: "\(message.amount) is too much")
            }
            guard amounts.updateValue(amount, forKey: kind) == nil else {
                throw .garbage(field: "\(field())[\(index)].kind", reason: "it is there twice")
            }
        }
        return amounts
    }

    /// Nothing on the wire stands for no requirements.
    func requirements(
        _ message: UnsafeMutablePointer<Wire__Requirements>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> Requirements {
        var requirements = Requirements()
        guard let message = message?.pointee else { return requirements }
        requirements.cores = message.cores
        requirements.memory = message.memory
        requirements.devices = try amounts(message.devices, message.n_devices, "\(field()).devices")
        requirements.labels = try pairs(message.labels, message.n_labels, "\(field()).labels")
        requirements.preferredLabels = try pairs(
            message.preferred_labels, message.n_preferred_labels, "\(field()).preferredLabels")
        requirements.data = try amounts(message.data, message.n_data, "\(field()).data")
        return requirements
    }

    /// Nothing on the wire stands for an offer of slots alone.
    func offer(
        _ message: UnsafeMutablePointer<Wire__Offer>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> WorkerOffer {
        var offer = WorkerOffer()
        guard let message = message?.pointee else { return offer }
        offer.cores = message.cores
        offer.memory = message.memory
        offer.devices = try amounts(message.devices, message.n_devices, "\(field()).devices")
        offer.labels = try pairs(message.labels, message.n_labels, "\(field()).labels")
        offer.speedPercent = message.speed_percent
        offer.price = message.price
        for (index, link) in try list(message.links, message.n_links, "\(field()).links", limit: limits.pairs)
            .enumerated()
        {
            let link = try required(link, "\(field()).links[\(index)]")
            let site = try systemText(link.site, "\(field()).links[\(index)].site", limit: limits.host)
            let path = WorkerOffer.Link(
                bytesPerSecond: link.bytes_per_second, latencyMicroseconds: link.latency_microseconds)
            guard offer.links.updateValue(path, forKey: site) == nil else {
                throw .garbage(field: "\(field()).links[\(index)].site", reason: "it is there twice")
            }
        }
        offer.credit = message.credit
        return offer
    }
}
