import Coordination
import Testing
import Wire

/// Two versions meet: the older one is read for one minor version back, or is told.
@Suite struct VersionTests {
    private let codec = WireCodec()

    private func frame(_ message: WireMessage, as version: WireVersion) throws -> [UInt8] {
        var bytes = try codec.encode(message)
        (bytes[4], bytes[5]) = (version.major, version.minor)
        return bytes
    }

    @Test func oneMinorVersionBackIsRead() throws {
        let now = WireVersion.current
        let leave = WireMessage.fromWorker(.leave)
        for minor in [now.minor - 1, now.minor, now.minor + 1, .max] {
            #expect(try codec.decode(try frame(leave, as: WireVersion(now.major, minor))) == leave)
        }
        guard now.minor >= 2 else { return }
        #expect(throws: WireError.self) {
            try codec.decode(try frame(leave, as: WireVersion(now.major, now.minor - 2)))
        }
    }

    @Test(arguments: [1, 127, 128, 300, UInt64.max]) func whoIsTooOldIsTold(_ number: UInt64) throws {
        let old = WireVersion(WireVersion.current.major + 1, 0)
        func answer(_ message: WireMessage) throws -> WireMessage? {
            let bytes = try frame(message, as: old)
            let error = try #require(throws: WireError.self) { try codec.decode(bytes) }
            return try bytes.withUnsafeBytes { try codec.answer(to: $0, because: error).map { try codec.decode($0) } }
        }
        guard case .toWorker(.refuse(let reason), _) = try answer(.fromWorker(.leave)) else {
            Issue.record("a worker is not told")
            return
        }
        #expect(reason.contains("wire version 2.0"))
        guard case .reply(.refused, number) = try answer(.request(.workers, number: number)) else {
            Issue.record("a client is not told")
            return
        }
        #expect(try answer(.reply(.refused(reason: ""), number: 1)) == nil)
    }
}
