import CDigits

/// Images and their labels, image after image.
public struct LabelledImages: Sendable {
    /// Pixels of an image: 8 rows of 8.
    public static let pixelsPerImage = 64
    /// Labels are 0 to 9.
    public static let classes = 10

    /// `count` × 64 values in 0...1, row by row.
    public private(set) var pixels: [Float] = []
    /// `count` values in 0...9.
    public private(set) var labels: [UInt8] = []

    public var count: Int { labels.count }

    mutating func append(pixels image: ArraySlice<Float>, label: UInt8) {
        precondition(image.count == Self.pixelsPerImage && Int(label) < Self.classes)
        pixels.append(contentsOf: image)
        labels.append(label)
    }
}

/// The UCI optical-digits data, split into a training part and a held-out test part.
///
/// The split is fixed: within each class, in the order of the file, every fifth image (the 5th, 10th, …) is held out.
/// So the test part is stratified (a fifth of each class, rounded down), needs no random numbers, and is the same in
/// every run, on every rank and for every seed.
public struct DigitsDataset: Sendable {
    /// Within each class, every image with such a number is held out.
    public static let heldOutEvery = 5
    /// The largest value of a pixel in the file.
    static let brightest: Float = 16

    public private(set) var training = LabelledImages()
    public private(set) var test = LabelledImages()

    /// The data that is compiled into the binary.
    /// - Throws: `TrainingError.badData`, which would be a fault of the build.
    public static func bundled() throws(TrainingError) -> DigitsDataset {
        try DigitsDataset(csv: UnsafeRawBufferPointer(start: banquet_digits_csv, count: banquet_digits_csv_size))
    }

    /// Reads CSV text: a line has 64 pixels (0...16) and a label (0...9).
    /// - Throws: `TrainingError.badData`, with the number of the line and of the field.
    init(csv: UnsafeRawBufferPointer) throws(TrainingError) {
        var seen = [Int](repeating: 0, count: LabelledImages.classes)
        var lineNumber = 0
        for line in csv.split(separator: UInt8(ascii: "\n")) {
            lineNumber += 1
            let values = try Self.fields(of: line, number: lineNumber)
            let label = values[LabelledImages.pixelsPerImage]
            guard label < LabelledImages.classes else {
                throw .badData("digits.csv line \(lineNumber): the label is \(label); labels are 0 to 9")
            }
            let image = values.dropLast().map { Float($0) / Self.brightest }
            seen[label] += 1
            if seen[label] % Self.heldOutEvery == 0 {
                test.append(pixels: image[...], label: UInt8(label))
            } else {
                training.append(pixels: image[...], label: UInt8(label))
            }
        }
        guard training.count > 0, test.count > 0 else {
            throw .badData("digits.csv holds \(lineNumber) images: too few for a training part and a test part")
        }
    }

    private static func fields(
        of line: Slice<UnsafeRawBufferPointer>, number: Int
    ) throws(TrainingError) -> [Int] {
        var values: [Int] = []
        values.reserveCapacity(LabelledImages.pixelsPerImage + 1)
        for field in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let value = Int(String(decoding: field, as: UTF8.self)), (0...Int(brightest)).contains(value) else {
                throw .badData("digits.csv line \(number), field \(values.count + 1): not a whole number from 0 to 16")
            }
            values.append(value)
        }
        guard values.count == LabelledImages.pixelsPerImage + 1 else {
            throw .badData("digits.csv line \(number): \(values.count) fields; 65 are right")
        }
        return values
    }
}
