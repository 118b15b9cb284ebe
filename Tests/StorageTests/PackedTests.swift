import Coordination
import Foundation
import Testing

@testable import Storage

@Suite struct ChecksumTests {
    /// RFC 3720, appendix B.4.
    @Test func isCRC32C() {
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(Checksum.crc32c((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(Checksum.crc32c(Array("56789".utf8), seed: Checksum.crc32c(Array("1234".utf8))) == 0xE306_9283)
    }
}

/// The packed encoding, held against what Foundation's JSON makes of the same values.
@Suite struct PackedTests {
    private struct Inner: Codable, Hashable {
        enum Choice: Codable, Hashable {
            case none
            case some(Int, label: String)
            case deep([Inner])
        }
        var choice: Choice
        var numbers: [Int64: Double]
        var names: [String: [UInt8]]
    }

    private struct Outer: Codable, Hashable {
        var flag: Bool
        var small: Int8
        var large: UInt64
        var text: String
        var missing: String?
        var present: Int32?
        var inner: [Inner]
        var ratio: Double
    }

    private struct Grown: Codable, Hashable {
        var text: String
        var large: UInt64
        var later: UInt32
        var list: [String]
        var maybe: String?
        var table: [String: Int]
    }

    private func random(_ random: inout SplitMix, depth: Int = 0) -> Inner {
        let choice: Inner.Choice =
            switch Int.random(in: 0..<(depth > 2 ? 2 : 3), using: &random) {
            case 0: .none
            case 1: .some(.random(in: .min ... .max, using: &random), label: "l\u{1F372}\"")
            default: .deep((0..<2).map { _ in self.random(&random, depth: depth + 1) })
            }
        let numbers = (0..<3).map { _ in (Int64.random(in: .min ... .max, using: &random), 0.5) }
        return Inner(
            choice: choice, numbers: Dictionary(numbers, uniquingKeysWith: { $1 }),
            names: ["a": [1, 2], "": [], "k\(Int.random(in: 0..<9, using: &random))": [255]])
    }

    @Test(arguments: 0..<50) func whatIsWrittenIsRead(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let value = Outer(
            flag: seed % 2 == 0, small: .random(in: .min ... .max, using: &random),
            large: .random(in: .min ... .max, using: &random), text: "t\(seed)\n", missing: nil,
            present: seed % 3 == 0 ? nil : .min, inner: (0..<3).map { _ in self.random(&random) }, ratio: -1.25)
        #expect(try PackedDecoder.decode(Outer.self, from: try PackedEncoder.encode(value)) == value)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 127, 128, .max]) func numbersKeepTheirRange(_ number: Int64) throws {
        #expect(try PackedDecoder.decode([Int64].self, from: try PackedEncoder.encode([number])) == [number])
        #expect(
            (try? PackedDecoder.decode([Int8].self, from: PackedEncoder.encode([number])))
                == Int8(exactly: number).map { [$0] })
        #expect(
            (try? PackedDecoder.decode([UInt64].self, from: PackedEncoder.encode([number])))
                == UInt64(exactly: number).map { [$0] })
    }

    private struct Holder: Codable, Hashable {
        var before: String
        var job: JobSpecification
        var maybe: JobSpecification?
        var all: [JobSpecification]
        var after: UInt64
    }

    /// Plain jobs have a form of their own, and are skipped like all else by who doesn't know their field.
    @Test(arguments: everySubmission()) func aJobIsReadInEitherForm(_ job: JobSpecification) throws {
        let holder = Holder(before: "b", job: job, maybe: job, all: everySubmission() + [job], after: 7)
        let bytes = try PackedEncoder.encode(holder)
        #expect(try PackedDecoder.decode(Holder.self, from: bytes) == holder)
        struct Rest: Codable, Hashable {
            var before: String
            var after: UInt64
        }
        #expect(try PackedDecoder.decode(Rest.self, from: bytes) == Rest(before: "b", after: 7))
        #expect(try PackedDecoder.decode(JobSpecification.self, from: try PackedEncoder.encode(job)) == job)
    }

    /// A later version adds fields and drops others.
    @Test func fieldsThatAreMissingAreZeroAndOthersAreSkipped() throws {
        let old = Outer(
            flag: true, small: 1, large: 9, text: "t", missing: nil, present: 2,
            inner: [Inner(choice: .none, numbers: [:], names: [:])], ratio: 1)
        let grown = try PackedDecoder.decode(Grown.self, from: try PackedEncoder.encode(old))
        #expect(grown == Grown(text: "t", large: 9, later: 0, list: [], maybe: nil, table: [:]))
    }

    @Test func anyBytesAreReadOrRefused() throws {
        var random = SplitMix(state: 5)
        let value = (0..<5).map { _ in self.random(&random) }
        let good = try PackedEncoder.encode(value)
        for length in good.indices {
            #expect(throws: (any Error).self) { try PackedDecoder.decode([Inner].self, from: Array(good[..<length])) }
        }
        for _ in 0..<2_000 {
            var bytes = good
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            _ = try? PackedDecoder.decode([Inner].self, from: bytes)
        }
    }
}
