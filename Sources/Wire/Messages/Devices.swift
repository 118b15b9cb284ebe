internal import CProtobufC
internal import CWire
internal import Coordination

extension Arena {
    func device(_ device: DeviceState) -> UnsafeMutablePointer<Wire__Device>? {
        let message = make(wire__device__init)
        message.pointee.kind = data(device.kind)
        message.pointee.index = device.index
        message.pointee.name = data(device.name)
        if let celsius = device.celsius {
            message.pointee.temperature = UInt32(max(1, min((celsius * 10).rounded() + 2732, 1_000_000)))
        }
        if let percent = device.utilisationPercent { message.pointee.utilisation = min(percent, 100) + 1 }
        message.pointee.memory_used = device.memory?.used ?? 0
        message.pointee.memory_total = device.memory?.total ?? 0
        if let milliwatts = device.milliwatts { message.pointee.power = milliwatts &+ 1 }
        message.pointee.throttle = data(device.throttle ?? "")
        return message
    }
}

extension Reading {
    func devices(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Wire__Device>?>?, _ count: Int,
        _ field: @autoclosure () -> String
    ) throws(WireError) -> [DeviceState] {
        var devices: [DeviceState] = []
        for (index, message) in try list(messages, count, field(), limit: limits.devices).enumerated() {
            devices.append(try device(try required(message, "\(field())[\(index)]"), "\(field())[\(index)]"))
        }
        return devices
    }

    private func device(
        _ message: Wire__Device, _ field: @autoclosure () -> String
    ) throws(WireError) -> DeviceState {
        var device = DeviceState(
            kind: try plainText(message.kind, "\(field()).kind"), index: message.index,
            name: try plainText(message.name, "\(field()).name"))
        guard message.temperature <= 1_000_000 else {
            throw .garbage(field: "\(field()).temperature", reason: "\(message.temperature) is beyond any device")
        }
        guard message.utilisation <= 101 else {
            throw .garbage(field: "\(field()).utilisation", reason: "\(message.utilisation - 1) is no percentage")
        }
        if message.temperature > 0 { device.celsius = (Double(message.temperature) - 2732) / 10 }
        if message.utilisation > 0 { device.utilisationPercent = message.utilisation - 1 }
        if message.memory_total > 0 { device.memory = .init(used: message.memory_used, total: message.memory_total) }
        if message.power > 0 { device.milliwatts = message.power - 1 }
        let throttle = try plainText(message.throttle, "\(field()).throttle")
        if !throttle.isEmpty { device.throttle = throttle }
        return device
    }

    /// Printable ASCII: it is shown on terminals, and a label of metrics.
    private func plainText(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String
    ) throws(WireError) -> String {
        let text = try text(data, field(), limit: limits.host)
        guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw .garbage(field: field(), reason: "not printable ASCII")
        }
        return text
    }
}
