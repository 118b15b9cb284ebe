/// Stochastic gradient descent with classical momentum (Polyak 1964), in the form that PyTorch uses:
/// `v ← momentum × v + g`, `w ← w − learningRate × v`, where `g` is the gradient averaged over the global batch.
struct MomentumSGD: Sendable {
    let learningRate: Float
    let momentum: Float
    /// One value for each parameter; part of a checkpoint, for without it a restarted run would take other steps.
    var velocity: [Float]

    init(learningRate: Float, momentum: Float, velocity: [Float]) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.velocity = velocity
    }

    /// - Parameters:
    ///   - gradientSum: the gradient summed over the global batch, as long as `parameters`.
    ///   - batch: images in the global batch.
    mutating func step(_ parameters: inout [Float], gradientSum: UnsafePointer<Float>, batch: Int) {
        precondition(parameters.count == velocity.count && batch > 0)
        let scale = 1 / Float(batch)
        let momentum = momentum
        let learningRate = learningRate
        let count = parameters.count
        parameters.withUnsafeMutableBufferPointer { parameters in
            velocity.withUnsafeMutableBufferPointer { velocity in
                guard let parameters = parameters.baseAddress, let velocity = velocity.baseAddress else { return }
                var index = 0
                while index < count {
                    velocity[index] = momentum * velocity[index] + gradientSum[index] * scale
                    parameters[index] -= learningRate * velocity[index]
                    index &+= 1
                }
            }
        }
    }
}
