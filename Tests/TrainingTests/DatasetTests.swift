import Foundation
import Testing

@testable import Training

@Suite struct DatasetTests {
    static func dataset(_ text: String) throws -> DigitsDataset {
        try Array(text.utf8).withUnsafeBytes { try DigitsDataset(csv: $0) }
    }

    static func line(label: Int, pixel: Int = 0) -> String {
        ([pixel] + [Int](repeating: 0, count: 63) + [label]).map(String.init).joined(separator: ",")
    }

    @Test func allImagesAreThere() throws {
        let dataset = try DigitsDataset.bundled()
        #expect(dataset.training.count + dataset.test.count == 1797)
        #expect(dataset.training.count == 1442)
        #expect(dataset.test.count == 355)
        for part in [dataset.training, dataset.test] {
            #expect(part.pixels.count == part.count * 64)
            #expect(part.pixels.allSatisfy { (0...1).contains($0) })
            #expect(part.pixels.max() == 1)
        }
    }

    /// The numbers of images of each class are those that UCI's description of the data gives for this file.
    @Test func theSplitIsStratified() throws {
        let dataset = try DigitsDataset.bundled()
        let published = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        for label in 0..<10 {
            let test = dataset.test.labels.count { $0 == label }
            let training = dataset.training.labels.count { $0 == label }
            #expect(test + training == published[label])
            #expect(test == published[label] / DigitsDataset.heldOutEvery)
        }
    }

    @Test func everyFifthOfAClassIsHeldOut() throws {
        // Two classes, interleaved; the first pixel numbers the images of each class.
        let lines = (1...10).flatMap { [Self.line(label: 3, pixel: $0), Self.line(label: 7, pixel: $0)] }
        let dataset = try Self.dataset(lines.joined(separator: "\n") + "\n")
        #expect(dataset.test.labels == [3, 7, 3, 7])
        let marks = stride(from: 0, to: dataset.test.pixels.count, by: 64).map { dataset.test.pixels[$0] * 16 }
        #expect(marks == [5, 5, 10, 10])
        #expect(dataset.training.count == 16)
    }

    @Test(arguments: [
        ("0,0\n", "line 1: 2 fields"),
        (line(label: 1) + "\n" + line(label: 10) + "\n", "line 2: the label is 10"),
        (line(label: 1, pixel: 17) + "\n", "line 1, field 1"),
        (line(label: 1).replacingOccurrences(of: ",0,1", with: ",x,1") + "\n", "line 1, field 64"),
        (line(label: 1) + ",0\n", "66 fields"),
        ("", "holds 0 images"),
    ]) func damageIsTold(text: String, complaint: String) {
        let error = #expect(throws: TrainingError.self) { try Self.dataset(text) }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "none")")
    }
}
