import Foundation
import Testing

@testable import Training

@Suite struct ProgressTests {
    static let record = ProgressRecord(
        epoch: 3, epochs: 30, loss: 0.2128, accuracy: 0.934, imagesPerSecond: 18220, step: 90, attempt: 2)

    @Test func textForPeople() {
        #expect(Self.record.text == "epoch  3/30  loss 0.2128  accuracy 0.934  18,220 images/s")
    }

    /// Foundation reads what we wrote by hand.
    @Test func jsonForPrograms() throws {
        #expect(
            Self.record.json
                == #"{"epoch":3,"epochs":30,"loss":0.2128,"accuracy":0.934,"images_per_second":18220.0,"step":90,"attempt":2}"#
        )
        var random = SplitMix64(seed: 8)
        for _ in 0..<500 {
            let record = ProgressRecord(
                epoch: random.next(below: 1000), epochs: 1000,
                loss: Float(bitPattern: UInt32(random.next(below: 0x7F00_0000))),
                accuracy: random.next(within: 1), imagesPerSecond: Double(random.next(below: 1 << 40)),
                step: random.next(),
                attempt: 4_000_000_000)
            #expect(try JSONDecoder().decode(ProgressRecord.self, from: Data(record.json.utf8)) == record)
        }
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (0.005, 2, "0.01"), (0.999, 2, "1.00"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"),
        (12.0, 0, "12"),
        (2.5, 3, "2.500"), (0.0499, 1, "0.0"),
    ]) func fixed(value: Double, digits: Int, text: String) {
        #expect(Decimal.fixed(value, digits: digits) == text)
    }

    @Test func fixedAgreesWithFoundation() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<1000 {
            // 1/64ths are exact in binary; those halfway between two decimals are not compared, for there habits differ.
            let value = Double(random.next(below: 2_000_000) - 1_000_000) / 64
            for digits in 0...3 where abs(value * pow(10, Double(digits))).truncatingRemainder(dividingBy: 1) != 0.5 {
                let expected = String(format: "%.\(digits)f", value)
                let text = Decimal.fixed(value, digits: digits)
                #expect(text == expected || "-" + text == expected && Double(text) == 0)
            }
        }
    }

    @Test(arguments: [
        (0.0, "0"), (999.4, "999"), (999.5, "1,000"), (1_234_567.0, "1,234,567"), (-1000.0, "-1,000"), (-100.0, "-100"),
    ])
    func grouped(value: Double, text: String) {
        #expect(Decimal.grouped(value) == text)
    }
}
