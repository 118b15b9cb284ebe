/// The parameters of a `digits` job, each with its default.
public struct DigitsSettings: Hashable, Sendable {
    /// Passes over the training images.
    public var epochs = 30
    /// Images in the global batch, which the ranks share: what is learned does not depend on how many they are.
    public var batch = 48
    /// Step width of the gradient descent.
    public var learningRate: Float = 0.05
    /// How much of the last step goes on into the next one, 0 to less than 1.
    public var momentum: Float = 0.9
    /// Units of the hidden layer.
    public var hidden = 64
    /// Where the initial weights and the order of the images come from.
    public var seed: UInt64 = 1
    /// Epochs from one checkpoint to the next.
    public var checkpointEvery = 2
    /// Milliseconds that an epoch takes at least. Real runs leave it at 0: it slows a run down so that people can
    /// watch it, and changes nothing that is learned.
    public var pace = 0
    /// Seconds that a rank waits for another one before it gives up.
    public var patience = 60

    public init() {}

    /// The names that a job file may use, in the order in which an error lists them.
    public static let names = [
        "epochs", "batch", "learning-rate", "momentum", "hidden", "seed", "checkpoint-every", "pace", "patience",
    ]

    /// Reads a job's `parameters:`. What is not named keeps its default.
    /// - Throws: `TrainingError.badParameter` for a name that is not known and for a value out of range.
    public init(parameters: [String: String]) throws(TrainingError) {
        // In the order of the names, so that of two mistakes the same one is always told first.
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "epochs": epochs = try Self.whole(name, value, 1...100_000)
            case "batch": batch = try Self.whole(name, value, 1...100_000)
            case "learning-rate":
                learningRate = try Self.real(name, value, "a number above 0 and up to 10") { $0 > 0 && $0 <= 10 }
            case "momentum":
                momentum = try Self.real(name, value, "a number from 0 to less than 1") { $0 >= 0 && $0 < 1 }
            case "hidden": hidden = try Self.whole(name, value, 1...4096)
            case "seed": seed = try Self.whole(name, value, 0...UInt64.max)
            case "checkpoint-every": checkpointEvery = try Self.whole(name, value, 1...100_000)
            case "pace": pace = try Self.whole(name, value, 0...3_600_000)
            case "patience": patience = try Self.whole(name, value, 1...86_400)
            default:
                throw .badParameter(
                    "it has no parameter '\(name)'; it knows \(Self.names.joined(separator: ", "))")
            }
        }
    }

    private static func whole<Number: FixedWidthInteger>(
        _ name: String, _ text: String, _ range: ClosedRange<Number>
    ) throws(TrainingError) -> Number {
        guard let value = Number(text), range.contains(value) else {
            throw .badParameter(
                "\(name) is '\(text)'; a whole number from \(range.lowerBound) to \(range.upperBound) is right")
        }
        return value
    }

    private static func real(
        _ name: String, _ text: String, _ wanted: String, _ isRight: (Float) -> Bool
    ) throws(TrainingError) -> Float {
        guard let value = Float(text), isRight(value) else {
            throw .badParameter("\(name) is '\(text)'; \(wanted) is right")
        }
        return value
    }
}
