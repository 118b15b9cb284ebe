/// The learning curve of a run as an SVG picture: the loss in training above, the accuracy on the held-out images below,
/// over the epochs, with a mark at each restart.
///
/// Epochs that an attempt did after its last checkpoint are done again by the next attempt; both are drawn, the
/// lost ones thin and dashed.
public struct LearningCurve: Sendable {
    /// One epoch of one attempt.
    public struct Point: Hashable, Sendable {
        /// Counted from 1.
        public var epoch: Int
        /// The gang's generation that ran the epoch, counted from 1.
        public var attempt: UInt32
        /// Mean cross-entropy over the training images, in nats.
        public var loss: Float
        /// On the held-out images, 0 to 1.
        public var accuracy: Float

        public init(epoch: Int, attempt: UInt32, loss: Float, accuracy: Float) {
            self.epoch = epoch
            self.attempt = attempt
            self.loss = loss
            self.accuracy = accuracy
        }

        public init(_ record: ProgressRecord) {
            self.init(epoch: record.epoch, attempt: record.attempt, loss: record.loss, accuracy: record.accuracy)
        }
    }

    /// In the order in which they were reported, attempt after attempt.
    public var points: [Point]
    /// What the picture shows, such as `j12 digits`.
    public var title: String
    /// The accuracy that the run should reach, drawn as a line; nil draws none.
    public var goal: Float?

    public init(points: [Point], title: String, goal: Float? = nil) {
        self.points = points.filter { $0.loss.isFinite && $0.accuracy.isFinite && $0.epoch > 0 }
        self.title = title
        self.goal = goal
    }

    /// The picture. Without a single point it says so.
    public var svg: String {
        var canvas = Canvas(title: title, description: summary)
        guard !points.isEmpty else {
            canvas.text(Canvas.width / 2, Canvas.height / 2, "no epoch has been finished yet", anchor: "middle")
            return canvas.finished
        }
        let last = max(points.map(\.epoch).max() ?? 1, 2)
        let epochs = Axis(
            from: 1, to: Double(last), ticks: Axis.ticks(from: 1, to: Double(last), wanted: 10, whole: true))
        let lossTop = Axis.ticks(from: 0, to: Double(points.map(\.loss).max() ?? 1), wanted: 4, roundUp: true)
        let worst = Double(points.map(\.accuracy).min() ?? 0)
        // The interesting part is near the top: the axis begins at the tenth below the worst epoch.
        let floor = max(0, ((worst * 10).rounded(.down)) / 10)
        let accuracyTicks = Axis.ticks(from: min(floor, 0.9), to: 1, wanted: 5, roundUp: true)

        let loss = Panel(
            top: 70, bottom: 250, horizontal: epochs,
            vertical: Axis(from: 0, to: lossTop.last ?? 1, ticks: lossTop), label: "training loss (nats)")
        let accuracy = Panel(
            top: 290, bottom: 470, horizontal: epochs,
            vertical: Axis(from: min(floor, 0.9), to: 1, ticks: accuracyTicks), label: "test accuracy")
        canvas.frame(loss, labelled: false)
        canvas.frame(accuracy, labelled: true)
        if let goal { canvas.goal(accuracy, Double(goal)) }
        for (index, restart) in restarts.enumerated() {
            canvas.restart(
                [loss, accuracy], from: Double(restart.first) - 0.5, to: Double(restart.reached) + 0.5,
                label: restartLabel(restart), row: index)
        }
        for run in runs {
            let (losses, accuracies) = (run.points.map(\.loss), run.points.map(\.accuracy))
            let numbers = run.points.map { Double($0.epoch) }
            canvas.line(loss, Array(zip(numbers, losses.map(Double.init))), "loss", lost: run.lost)
            canvas.line(accuracy, Array(zip(numbers, accuracies.map(Double.init))), "accuracy", lost: run.lost)
        }
        if let end = points.last {
            canvas.dot(loss, Double(end.epoch), Double(end.loss), "loss")
            canvas.dot(accuracy, Double(end.epoch), Double(end.accuracy), "accuracy")
        }
        return canvas.finished
    }

    /// What a reader who can't see the picture is told.
    var summary: String {
        guard let last = points.last else { return "No epoch has been finished yet." }
        let best = points.map(\.accuracy).max() ?? last.accuracy
        var text = "Training loss and test accuracy over \(points.map(\.epoch).max() ?? 0) epochs. The loss falls from "
        text +=
            "\(Decimal.fixed(Double(points[0].loss), digits: 3)) to \(Decimal.fixed(Double(last.loss), digits: 3)); "
        text += "the accuracy ends at \(Decimal.fixed(Double(last.accuracy), digits: 3)), "
        text += "its best is \(Decimal.fixed(Double(best), digits: 3))."
        for restart in restarts { text += " Attempt \(restart.attempt) went on from epoch \(restart.first)." }
        return text
    }

    /// Where an attempt took over from the one before.
    struct Restart: Hashable {
        var attempt: UInt32
        /// The first epoch that it finished.
        var first: Int
        /// The last epoch that the attempt before it finished.
        var reached: Int
    }

    var restarts: [Restart] {
        zip(points, points.dropFirst()).compactMap { before, after in
            guard before.attempt != after.attempt else { return nil }
            return Restart(attempt: after.attempt, first: after.epoch, reached: before.epoch)
        }
    }

    private func restartLabel(_ restart: Restart) -> String {
        let label = "restarted: attempt \(restart.attempt)"
        switch restart.reached - restart.first {
        case ..<0: return label
        case 0: return label + ", epoch \(restart.first) again"
        default: return label + ", epochs \(restart.first) to \(restart.reached) again"
        }
    }

    /// The points in stretches that are drawn as one line each: the part of an attempt that the run was built on, and
    /// the part that was lost and done again.
    var runs: [(points: [Point], lost: Bool)] {
        var attempts: [[Point]] = []
        for point in points {
            if attempts.last?.last?.attempt == point.attempt {
                attempts[attempts.count - 1].append(point)
            } else {
                attempts.append([point])
            }
        }
        var result: [(points: [Point], lost: Bool)] = []
        let later = Self.earliestLater(attempts)
        for (index, attempt) in attempts.enumerated() {
            // Whatever a later attempt did again is lost.
            let next = later[index]
            let again = next?.epoch ?? Int.max
            let kept = attempt.filter { $0.epoch < again }
            let lost = attempt.filter { $0.epoch >= again }
            if !kept.isEmpty {
                // The line goes on to the first epoch of the next attempt, which started from here.
                result.append((kept + (next.map { [$0] } ?? []), false))
            }
            if !lost.isEmpty { result.append(((kept.last.map { [$0] } ?? []) + lost, true)) }
        }
        return result
    }

    /// For each attempt the first point, of all attempts after it, with the lowest epoch.
    private static func earliestLater(_ attempts: [[Point]]) -> [Point?] {
        var result: [Point?] = []
        var earliest: Point?
        for attempt in attempts.reversed() {
            result.append(earliest)
            if let first = attempt.first, first.epoch <= earliest?.epoch ?? Int.max { earliest = first }
        }
        return result.reversed()
    }
}
