import Glibc
import Testing
import Wire

@Suite struct FuzzTests {
    /// Memory that ends where the next page can't be touched, so that a read past a frame's end ends the test.
    private final class GuardedMemory {
        private let start: UnsafeMutableRawPointer
        private let size: Int
        private let page = Int(sysconf(Int32(_SC_PAGESIZE)))

        init(capacity: Int) throws {
            size = (capacity + page - 1) / page * page
            let memory = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            start = try #require(memory != MAP_FAILED ? memory : nil)
            try #require(mprotect(start + size, page, PROT_NONE) == 0)
        }

        deinit { munmap(start, size + page) }

        /// The bytes, so placed that they end at the guard.
        func place(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            precondition(bytes.count <= size)
            let place = start + (size - bytes.count)
            bytes.withUnsafeBytes { if let base = $0.baseAddress { place.copyMemory(from: base, byteCount: $0.count) } }
            return UnsafeRawBufferPointer(start: place, count: bytes.count)
        }
    }

    private func mutate(_ frame: [UInt8], _ other: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var frame = frame
        for _ in 0...generator.below(3) {
            // Mostly behind the header, which is refused early.
            let from = generator.below(10) == 0 ? 0 : min(8, frame.count - 1)
            guard frame.count > from else { return frame }
            let place = from + generator.below(frame.count - from)
            switch generator.below(7) {
            case 0: frame[place] ^= 1 << UInt8(generator.below(8))
            case 1: frame[place] = UInt8(truncatingIfNeeded: generator.next())
            case 2: frame[place] = generator.one(of: [0, 1, 0x7f, 0x80, 0xff])
            case 3: frame.removeSubrange(place..<min(frame.count, place + 1 + generator.below(8)))
            case 4:
                frame.insert(
                    contentsOf: (0...generator.below(8)).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
                    at: place)
            case 5: frame.removeLast(frame.count - place)
            default: frame = Array(frame[..<place]) + other.suffix(generator.below(other.count + 1))
            }
            if frame.isEmpty { return frame }
        }
        return frame
    }

    /// A hundred thousand frames: whatever the bytes, reading ends with a message that can be sent on, or with an error.
    @Test(arguments: 0..<UInt64(Campaign.seeds)) func mutatedFramesAreReadOrRefused(_ seed: UInt64) throws {
        let seed = Campaign.firstSeed + seed
        var generator = Generator(seed: seed)
        let codec = WireCodec()
        let memory = try GuardedMemory(capacity: 1 << 16)
        var frames: [[UInt8]] = []
        for kind in 0..<Generator.cases {
            for _ in 0..<4 {
                let frame = try codec.encode(generator.message(kind))
                if frame.count < 4096 { frames.append(frame) }
            }
        }
        var (read, refused) = (0, 0)
        for _ in 0..<Campaign.messages(of: 100_000) {
            let mutant = mutate(generator.one(of: frames), generator.one(of: frames), &generator)
            do {
                let message = try codec.decode(memory.place(mutant))
                let again = try codec.decode(try codec.encode(message))
                if again != message {
                    Issue.record("seed \(seed): \(mutant) is read as \(message) and then as \(again)")
                }
                read += 1
            } catch {
                refused += 1
            }
        }
        // The mutations are worth something only if many pass the first checks, and many don't.
        #expect(read > 1000 && refused > 1000, "read \(read), refused \(refused)")
    }

    @Test func randomBodiesAreReadOrRefused() throws {
        var generator = Generator(seed: 7)
        let codec = WireCodec()
        let memory = try GuardedMemory(capacity: 4096)
        var refused = 0
        for _ in 0..<20_000 {
            let header = Array("BNQT".utf8) + [1, WireVersion.current.minor, UInt8(1 + generator.below(4)), 0]
            let body = (0..<generator.below(40)).map { _ in
                UInt8(truncatingIfNeeded: generator.next() & generator.next())
            }
            if (try? codec.decode(memory.place(header + body))) == nil { refused += 1 }
        }
        #expect(refused > 10_000)
    }
}
