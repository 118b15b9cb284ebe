import Testing

@testable import Messaging

/// The table against a model that knows which connection really is which: descriptors are used again, connections speak
/// late or never, and events and messages are read in every order that libzmq allows.
@Suite struct ConnectionTableTests {
    @Test func aReusedDescriptorIsAnotherConnection() {
        var table = ConnectionTable()
        table.accepted(5)
        let first = table.enter(routingID: 1, descriptor: 5)
        table.disconnected(5)
        // Its last messages are still there and keep their number.
        #expect(table.peer(routingID: 1)?.number == first.number)
        table.accepted(5)
        let second = table.enter(routingID: 2, descriptor: 5)
        #expect(first.number == 1 && second.number == 2)
        #expect(table.takeEnded() == [1])
        #expect(table.peer(routingID: 1) == nil && table.peer(routingID: 2) != nil)
        table.disconnected(5)
        #expect(table.takeEnded() == [2])
        #expect(table.takeEnded() == [])
        #expect(table.count == 0 && table.openCount == 0)
    }

    @Test func aMessageAfterTheEndIsOfAConnectionThatEndsAtOnce() {
        var table = ConnectionTable()
        table.accepted(5)
        table.disconnected(5)
        let late = table.enter(routingID: 1, descriptor: 5)
        #expect(table.peer(number: late.number) == nil)
        #expect(table.takeEnded() == [late.number])
    }

    @Test func twoSpeakersOfOneDescriptorMeanThatTheFirstHasEnded() {
        var table = ConnectionTable()
        table.accepted(5)
        table.disconnected(5)
        table.accepted(5)
        // The message of the one before is read only now: it is taken for the one that is there.
        let before = table.enter(routingID: 1, descriptor: 5)
        #expect(table.takeEnded() == [])
        let now = table.enter(routingID: 2, descriptor: 5)
        #expect(table.takeEnded() == [before.number])
        table.disconnected(5)
        #expect(table.takeEnded() == [now.number])
    }

    @Test func anEndFoundBySendingIsReportedOnce() {
        var table = ConnectionTable()
        table.accepted(5)
        let peer = table.enter(routingID: 1, descriptor: 5)
        table.end(peer)
        table.end(peer)
        table.disconnected(5)
        #expect(table.takeEnded() == [peer.number])
        // Without a descriptor (another transport), sending is the only way to know.
        let other = table.enter(routingID: 2, descriptor: nil)
        #expect(table.takeEnded() == [])
        table.end(other)
        #expect(table.takeEnded() == [other.number])
    }

    /// Random lives on three descriptors. A model keeps the truth; the table sees events and first messages as a socket
    /// would: the events of a descriptor in order, and before any message those that happened before it was sent.
    @Test(arguments: 0..<200) func everyConnectionThatSpokeEndsOnce(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var table = ConnectionTable()
        var events: [(descriptor: Int32, isAccepted: Bool)] = []
        var unread: [(routingID: UInt32, descriptor: Int32)] = []
        var alive: [Int32: UInt32] = [:]
        var numbers: [UInt32: UInt64] = [:]
        var ended: [UInt64] = []
        var lastRoutingID: UInt32 = 0
        func readEvents() {
            for event in events {
                if event.isAccepted { table.accepted(event.descriptor) } else { table.disconnected(event.descriptor) }
            }
            events = []
        }
        func readMessages() {
            for message in unread where table.peer(routingID: message.routingID) == nil {
                readEvents()
                numbers[message.routingID] =
                    table.enter(routingID: message.routingID, descriptor: message.descriptor).number
            }
            unread = []
        }
        for _ in 0..<300 {
            let descriptor = Int32(random.next() % 3)
            switch random.next() % 5 {
            case 0, 1:
                if let routingID = alive[descriptor] {
                    unread.append((routingID, descriptor))
                } else {
                    lastRoutingID += 1
                    alive[descriptor] = lastRoutingID
                    events.append((descriptor, true))
                }
            case 2:
                if alive.removeValue(forKey: descriptor) != nil { events.append((descriptor, false)) }
            case 3: readEvents()
            default:
                readEvents()
                readMessages()
                ended += table.takeEnded()
            }
        }
        for descriptor in alive.keys { events.append((descriptor, false)) }
        readEvents()
        readMessages()
        readEvents()
        ended += table.takeEnded()
        #expect(Set(ended).count == ended.count)
        #expect(Set(ended) == Set(numbers.values))
        #expect(table.count == 0 && table.openCount == 0)
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            let z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            return z ^ (z >> 29)
        }
    }
}
