/// How a run stood after an epoch: one JSON object on a line of its own, written to the metrics file descriptor.
///
///     {"epoch":3,"epochs":30,"loss":0.213,"accuracy":0.934,"images_per_second":18220.0,"step":90,"attempt":1}
public struct ProgressRecord: Hashable, Codable, Sendable {
    /// The epoch that is done, counted from 1.
    public var epoch: Int
    /// Epochs that the run will have.
    public var epochs: Int
    /// Cross-entropy averaged over the training images of this epoch, in nats.
    public var loss: Float
    /// The part of the held-out images that the network gets right, 0 to 1.
    public var accuracy: Float
    /// Training images that the whole gang took in a second, without the test at the epoch's end and without `pace`.
    public var imagesPerSecond: Double
    /// Optimiser steps since the very first one, across restarts.
    public var step: UInt64
    /// The attempt (generation of the gang) that ran this epoch, counted from 1.
    public var attempt: UInt32

    enum CodingKeys: String, CodingKey {
        case epoch, epochs, loss, accuracy, step, attempt
        case imagesPerSecond = "images_per_second"
    }

    public init(
        epoch: Int, epochs: Int, loss: Float, accuracy: Float, imagesPerSecond: Double, step: UInt64, attempt: UInt32
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.loss = loss
        self.accuracy = accuracy
        self.imagesPerSecond = imagesPerSecond
        self.step = step
        self.attempt = attempt
    }

    /// The line, without its end. All numbers are finite: a run whose loss is not stops before it reports.
    public var json: String {
        "{\"epoch\":\(epoch),\"epochs\":\(epochs),\"loss\":\(loss),\"accuracy\":\(accuracy),"
            + "\"images_per_second\":\(imagesPerSecond),\"step\":\(step),\"attempt\":\(attempt)}"
    }

    /// The line for people: `epoch 3/30  loss 0.213  accuracy 0.934  18,220 images/s`.
    public var text: String {
        let width = String(epochs).count
        let number = String(repeating: " ", count: max(0, width - String(epoch).count)) + String(epoch)
        return "epoch \(number)/\(epochs)  loss \(Decimal.fixed(Double(loss), digits: 4))"
            + "  accuracy \(Decimal.fixed(Double(accuracy), digits: 3))"
            + "  \(Decimal.grouped(imagesPerSecond)) images/s"
    }
}

/// Numbers as people read them. Foundation would do it too, at the price of its size and its locales.
enum Decimal {
    /// With this many digits after the point. `value` is finite and small enough for its digits to fit 64 bits.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
        let scaled = Int64((abs(value) * Double(scale)).rounded())
        let fraction = String(scaled % Int64(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        return sign + String(scaled / Int64(scale)) + "."
            + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Rounded to a whole number, a comma between thousands.
    static func grouped(_ value: Double) -> String {
        let plain = Array(fixed(value, digits: 0))
        var text = ""
        for (index, digit) in plain.enumerated() {
            let left = plain.count - index
            if index > 0, left % 3 == 0, plain[index - 1] != "-" { text.append(",") }
            text.append(digit)
        }
        return text
    }
}
