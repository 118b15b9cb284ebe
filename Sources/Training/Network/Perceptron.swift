#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A multilayer perceptron with one hidden layer: 64 pixels → `hidden` rectified units → 10 classes, softmax,
/// cross-entropy (Rumelhart, Hinton and Williams 1986; rectifiers: Nair and Hinton 2010).
///
/// All parameters lie in one flat vector, which is what the ring all-reduce and a checkpoint want:
///
///     W1 [64 × hidden]   b1 [hidden]   W2 [hidden × 10]   b2 [10]
///
/// both matrices row by row, a row for each input of the layer. So every inner loop adds a multiple of one contiguous
/// row to another, which the compiler may vectorise without changing the order of any sum.
struct Perceptron: Sendable {
    static let inputs = LabelledImages.pixelsPerImage
    static let classes = LabelledImages.classes

    let hidden: Int
    /// `parameterCount(hidden:)` values, in the order above.
    var parameters: [Float]

    static func parameterCount(hidden: Int) -> Int {
        inputs * hidden + hidden + hidden * classes + classes
    }

    private var hiddenBias: Int { Self.inputs * hidden }
    private var outputWeights: Int { hiddenBias + hidden }
    private var outputBias: Int { outputWeights + hidden * Self.classes }

    /// Weights drawn evenly from ±√(6 / inputs of the layer) (He et al. 2015), biases zero.
    init(hidden: Int, seed: UInt64) {
        self.init(hidden: hidden, parameters: [Float](repeating: 0, count: Self.parameterCount(hidden: hidden)))
        var random = SplitMix64(seed: seed, stream: 0)
        let first = (6 / Float(Self.inputs)).squareRoot()
        for index in 0..<hiddenBias { parameters[index] = random.next(within: first) }
        let second = (6 / Float(hidden)).squareRoot()
        for index in outputWeights..<outputBias { parameters[index] = random.next(within: second) }
    }

    init(hidden: Int, parameters: [Float]) {
        precondition(hidden > 0 && parameters.count == Self.parameterCount(hidden: hidden))
        self.hidden = hidden
        self.parameters = parameters
    }

    /// Adds to `gradient` the gradient of the summed (not averaged) cross-entropy of the images with these indices.
    /// - Parameter gradient: as long as `parameters`, in the same order.
    /// - Returns: the summed cross-entropy, in nats.
    func addGradient(
        of images: LabelledImages, at indices: ArraySlice<Int>, to gradient: UnsafeMutablePointer<Float>
    ) -> Float {
        var total: Float = 0
        withWork(on: images) { work in
            for image in indices {
                forward(work, image)
                total += softmaxInPlace(work, label: Int(images.labels[image]))
                backward(work, image, gradient)
            }
        }
        return total
    }

    /// How many of the images in `range` the network gives their label: the first of the largest outputs.
    func correct(in images: LabelledImages, range: Range<Int>) -> Int {
        var correct = 0
        withWork(on: images) { work in
            for image in range {
                forward(work, image)
                var best = 0
                for label in 1..<Self.classes where work.output[label] > work.output[best] { best = label }
                if best == Int(images.labels[image]) { correct += 1 }
            }
        }
        return correct
    }

    /// What one pass over one image needs, as bare pointers: the loops below are all of the trainer's time.
    private struct Work {
        let parameters: UnsafePointer<Float>
        let pixels: UnsafePointer<Float>
        /// Activations of the hidden layer, and in the backward pass their gradients.
        let hidden: UnsafeMutablePointer<Float>
        let hiddenGradient: UnsafeMutablePointer<Float>
        /// Logits, then the gradient with respect to them.
        let output: UnsafeMutablePointer<Float>
    }

    private func withWork(on images: LabelledImages, _ body: (Work) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * hidden + Self.classes) { scratch in
            parameters.withUnsafeBufferPointer { parameters in
                images.pixels.withUnsafeBufferPointer { pixels in
                    guard let base = scratch.baseAddress, let parameters = parameters.baseAddress,
                        let pixels = pixels.baseAddress
                    else { return }
                    body(
                        Work(
                            parameters: parameters, pixels: pixels, hidden: base, hiddenGradient: base + hidden,
                            output: base + 2 * hidden))
                }
            }
        }
    }

    private func forward(_ work: Work, _ image: Int) {
        let pixels = work.pixels + image * Self.inputs
        work.hidden.update(from: work.parameters + hiddenBias, count: hidden)
        for input in 0..<Self.inputs where pixels[input] != 0 {
            addScaled(work.parameters + input * hidden, by: pixels[input], to: work.hidden, count: hidden)
        }
        work.output.update(from: work.parameters + outputBias, count: Self.classes)
        for unit in 0..<hidden {
            // A rectified unit that is off adds nothing. NaN is not ≤ 0: it goes on into the loss, where it is noticed.
            if work.hidden[unit] <= 0 {
                work.hidden[unit] = 0
                continue
            }
            let row = work.parameters + outputWeights + unit * Self.classes
            addScaled(row, by: work.hidden[unit], to: work.output, count: Self.classes)
        }
    }

    /// Turns the logits into the gradient of the cross-entropy with respect to them: softmax minus one-hot label.
    /// - Returns: the cross-entropy.
    private func softmaxInPlace(_ work: Work, label: Int) -> Float {
        var largest = work.output[0]
        for index in 1..<Self.classes { largest = max(largest, work.output[index]) }
        let labelLogit = work.output[label]
        var sum: Float = 0
        for index in 0..<Self.classes {
            // The largest logit is taken away first, so no exponential overflows.
            work.output[index] = expf(work.output[index] - largest)
            sum += work.output[index]
        }
        for index in 0..<Self.classes { work.output[index] /= sum }
        work.output[label] -= 1
        return logf(sum) + largest - labelLogit
    }

    private func backward(_ work: Work, _ image: Int, _ gradient: UnsafeMutablePointer<Float>) {
        let pixels = work.pixels + image * Self.inputs
        addScaled(work.output, by: 1, to: gradient + outputBias, count: Self.classes)
        for unit in 0..<hidden {
            work.hiddenGradient[unit] = 0
            if work.hidden[unit] == 0 { continue }
            let offset = outputWeights + unit * Self.classes
            addScaled(work.output, by: work.hidden[unit], to: gradient + offset, count: Self.classes)
            var sum: Float = 0
            for label in 0..<Self.classes { sum += work.parameters[offset + label] * work.output[label] }
            work.hiddenGradient[unit] = sum
        }
        addScaled(work.hiddenGradient, by: 1, to: gradient + hiddenBias, count: hidden)
        for input in 0..<Self.inputs where pixels[input] != 0 {
            addScaled(work.hiddenGradient, by: pixels[input], to: gradient + input * hidden, count: hidden)
        }
    }
}

/// `target += factor × source`, element by element. The two don't overlap.
@inline(__always)
func addScaled(
    _ source: UnsafePointer<Float>, by factor: Float, to target: UnsafeMutablePointer<Float>, count: Int
) {
    // `while`, not `for`: in a debug build a range's iterator costs five times what the arithmetic does.
    var index = 0
    while index < count {
        target[index] += factor * source[index]
        index &+= 1
    }
}
