import Foundation
import Testing

@testable import Training

/// The same network in Double, written from the formulas: an oracle that shares no code with the one in use.
struct PlainPerceptron {
    let hidden: Int
    var parameters: [Double]

    func logits(_ pixels: [Double]) -> [Double] {
        let secondStart = 64 * hidden + hidden
        let activations = (0..<hidden).map { unit in
            let sum = (0..<64).reduce(0.0) { $0 + pixels[$1] * parameters[$1 * hidden + unit] }
            return max(0, sum + parameters[64 * hidden + unit])
        }
        return (0..<10).map { label in
            let sum = (0..<hidden).reduce(0.0) { $0 + activations[$1] * parameters[secondStart + $1 * 10 + label] }
            return sum + parameters[secondStart + hidden * 10 + label]
        }
    }

    func loss(_ pixels: [Double], label: Int) -> Double {
        let logits = logits(pixels)
        return log(logits.reduce(0.0) { $0 + exp($1) }) - logits[label]
    }
}

@Suite struct PerceptronTests {
    static let dataset = try! DigitsDataset.bundled()

    static func pixels(_ image: Int) -> [Double] {
        dataset.training.pixels[image * 64..<(image + 1) * 64].map(Double.init)
    }

    @Test(arguments: [1, 5, 16]) func gradientAgreesWithFiniteDifferences(hidden: Int) {
        let network = Perceptron(hidden: hidden, seed: 11)
        let images = Array(0..<6)
        var gradient = [Float](repeating: 0, count: network.parameters.count)
        let loss = gradient.withUnsafeMutableBufferPointer {
            network.addGradient(of: Self.dataset.training, at: images[...], to: $0.baseAddress!)
        }
        var oracle = PlainPerceptron(hidden: hidden, parameters: network.parameters.map(Double.init))
        func summed() -> Double {
            images.reduce(0.0) { $0 + oracle.loss(Self.pixels($1), label: Int(Self.dataset.training.labels[$1])) }
        }
        #expect(abs(Double(loss) - summed()) < 1e-4)
        let width = 1e-6
        // Every 7th parameter, and all biases: enough to meet each row and each kind.
        let checked = gradient.indices.filter {
            $0 % 7 == 0 || (64 * hidden..<65 * hidden).contains($0) || $0 >= 75 * hidden
        }
        for index in checked {
            let value = oracle.parameters[index]
            oracle.parameters[index] = value + width
            let above = summed()
            oracle.parameters[index] = value - width
            let below = summed()
            oracle.parameters[index] = value
            let difference = (above - below) / (2 * width)
            #expect(abs(difference - Double(gradient[index])) < 1e-4 * max(1, abs(difference)), "parameter \(index)")
        }
        #expect(gradient.contains { abs($0) > 0.01 })
    }

    @Test func gradientsAddUp() {
        let network = Perceptron(hidden: 8, seed: 2)
        func gradient(_ images: [Int]) -> [Float] {
            var gradient = [Float](repeating: 0, count: network.parameters.count)
            _ = gradient.withUnsafeMutableBufferPointer {
                network.addGradient(of: Self.dataset.training, at: images[...], to: $0.baseAddress!)
            }
            return gradient
        }
        let whole = gradient([3, 1, 4, 15, 9])
        let parts = zip(gradient([3, 1]), gradient([4, 15, 9])).map(+)
        for (a, b) in zip(whole, parts) { #expect(abs(a - b) < 1e-4) }
    }

    @Test func countsWhatTheOracleCounts() {
        let network = Perceptron(hidden: 12, seed: 4)
        let oracle = PlainPerceptron(hidden: 12, parameters: network.parameters.map(Double.init))
        let expected = (0..<200).count { image in
            let logits = oracle.logits(Self.pixels(image))
            return logits.firstIndex(of: logits.max()!) == Int(Self.dataset.training.labels[image])
        }
        #expect(network.correct(in: Self.dataset.training, range: 0..<200) == expected)
        #expect(network.correct(in: Self.dataset.training, range: 50..<50) == 0)
    }

    @Test func initialWeightsComeFromTheSeed() {
        let network = Perceptron(hidden: 16, seed: 1)
        #expect(network.parameters == Perceptron(hidden: 16, seed: 1).parameters)
        #expect(network.parameters != Perceptron(hidden: 16, seed: 2).parameters)
        #expect(network.parameters[64 * 16..<65 * 16].allSatisfy { $0 == 0 })
        #expect(network.parameters.suffix(10).allSatisfy { $0 == 0 })
    }

    /// A weight that is no number must show in the loss, whichever layer it is in.
    @Test(arguments: [0, 64 * 4, 65 * 4, 65 * 4 + 40]) func notANumberReachesTheLoss(parameter: Int) {
        var parameters = Perceptron(hidden: 4, seed: 1).parameters
        // Make every unit active, so that no rectifier hides the place, and choose a pixel that is lit.
        for unit in 0..<4 { parameters[64 * 4 + unit] = 100 }
        let lit = Self.pixels(0).firstIndex { $0 > 0 }!
        parameters[parameter == 0 ? lit * 4 : parameter] = .nan
        let network = Perceptron(hidden: 4, parameters: parameters)
        var gradient = [Float](repeating: 0, count: parameters.count)
        let loss = gradient.withUnsafeMutableBufferPointer {
            network.addGradient(of: Self.dataset.training, at: [0], to: $0.baseAddress!)
        }
        #expect(loss.isNaN)
    }

    /// Two steps by hand: v₁ = g, w₁ = w − ηg; v₂ = μg + h, w₂ = w₁ − ηv₂.
    @Test func momentumByHand() {
        var optimiser = MomentumSGD(learningRate: 0.5, momentum: 0.25, velocity: [0, 0])
        var weights: [Float] = [1, -2]
        optimiser.step(&weights, gradientSum: [4, 8], batch: 4)
        #expect(weights == [0.5, -3])
        optimiser.step(&weights, gradientSum: [0, -8], batch: 4)
        #expect(weights == [0.375, -2.25])
        #expect(optimiser.velocity == [0.25, -1.5])
    }
}
