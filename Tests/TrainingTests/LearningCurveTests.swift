import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@testable import Training

/// Collects the elements of an XML document; `parse` fails on anything that is not well-formed.
private final class Elements: NSObject, XMLParserDelegate {
    var found: [(name: String, attributes: [String: String])] = []

    func parser(
        _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?,
        attributes: [String: String]
    ) {
        found.append((name, attributes))
    }

    static func of(_ svg: String) -> [(name: String, attributes: [String: String])]? {
        let elements = Elements()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = elements
        return parser.parse() ? elements.found : nil
    }
}

@Suite struct LearningCurveTests {
    /// Attempt 1 did epochs 1 to 7; attempt 2 went on from a checkpoint after epoch 4 and finished at 12.
    static let restarted: [LearningCurve.Point] =
        (1...7).map { point($0, attempt: 1) } + (5...12).map { point($0, attempt: 2) }

    static func point(_ epoch: Int, attempt: UInt32) -> LearningCurve.Point {
        LearningCurve.Point(
            epoch: epoch, attempt: attempt, loss: 2 / Float(epoch), accuracy: 1 - 0.3 / Float(epoch * epoch))
    }

    @Test func stretches() {
        let curve = LearningCurve(points: Self.restarted, title: "t")
        let runs = curve.runs
        #expect(runs.map { $0.points.map(\.epoch) } == [[1, 2, 3, 4, 5], [4, 5, 6, 7], Array(5...12)])
        #expect(runs.map(\.lost) == [false, true, false])
        #expect(curve.restarts == [.init(attempt: 2, first: 5, reached: 7)])
    }

    /// Attempt 2 died before it reached where it started; attempt 3 starts earlier still.
    @Test func threeAttempts() {
        let points =
            (1...4).map { Self.point($0, attempt: 1) } + [Self.point(4, attempt: 2)]
            + (3...6).map { Self.point($0, attempt: 3) }
        let curve = LearningCurve(points: points, title: "t")
        #expect(curve.runs.filter { !$0.lost }.map { $0.points.map(\.epoch) } == [[1, 2, 3], [3, 4, 5, 6]])
        #expect(curve.runs.filter(\.lost).map { $0.points.map(\.epoch) } == [[2, 3, 4], [4]])
        #expect(curve.restarts.map(\.attempt) == [2, 3])
    }

    @Test func theDocument() throws {
        let svg = LearningCurve(points: Self.restarted, title: "j12 <digits> & \"co\"\u{7}", goal: 0.95).svg
        let elements = try #require(Elements.of(svg))
        #expect(elements.first?.name == "svg")
        #expect(elements.first?.attributes["role"] == "img")
        #expect(elements.count { $0.name == "title" } == 1)
        #expect(elements.count { $0.name == "desc" } == 1)
        #expect(svg.contains("j12 &lt;digits&gt; &amp; &quot;co&quot; : learning curve"))
        #expect(svg.contains("Attempt 2 went on from epoch 5."))
        #expect(svg.contains("restarted: attempt 2, epochs 5 to 7 again"))
        let lines = elements.filter { $0.name == "polyline" }
        #expect(lines.count == 6)
        #expect(lines.count { $0.attributes["class"]?.contains("lost") == true } == 2)
    }

    /// Every point of every line lies within its diagram, and higher accuracy lies higher.
    @Test func pointsLieWithinTheirDiagrams() throws {
        for curve in [
            Self.restarted, [Self.point(1, attempt: 1)], [Self.point(40_000, attempt: 3)],
            (1...200).map { .init(epoch: $0, attempt: 1, loss: 1e-4 / Float($0), accuracy: $0 == 1 ? 0 : 1) },
            (1...3).map { .init(epoch: $0, attempt: 1, loss: 900 * Float($0), accuracy: 0.1) },
            [.init(epoch: 1, attempt: 1, loss: 0, accuracy: 0.953)],
        ] as [[LearningCurve.Point]] {
            let elements = try #require(Elements.of(LearningCurve(points: curve, title: "t", goal: 0.95).svg))
            for line in elements where line.name == "polyline" {
                let isLoss = line.attributes["class"]?.hasPrefix("loss") == true
                for pair in (line.attributes["points"] ?? "").split(separator: " ") {
                    let values = pair.split(separator: ",").compactMap { Double($0) }
                    #expect(values.count == 2)
                    #expect((Panel.left...Panel.right).contains(values[0]), "\(pair)")
                    #expect((isLoss ? 70.0...250 : 290.0...470).contains(values[1]), "\(pair)")
                }
            }
        }
    }

    @Test func withoutPoints() throws {
        let svg = LearningCurve(points: [.init(epoch: 1, attempt: 1, loss: .nan, accuracy: 0)], title: "t").svg
        #expect(Elements.of(svg) != nil)
        #expect(svg.contains("no epoch has been finished yet"))
    }

    @Test(arguments: [
        (0.0, 1.0, 5, false, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 30, 10, true, [5, 10, 15, 20, 25, 30]),
        (1, 2, 10, true, [1, 2]), (0, 1.45, 4, false, [0, 0.5, 1, 1.5]),
    ]) func ticks(from: Double, to: Double, wanted: Int, whole: Bool, expected: [Double]) {
        let ticks = Axis.ticks(from: from, to: to, wanted: wanted, whole: whole, roundUp: !whole)
        #expect(ticks.count == expected.count)
        for (a, b) in zip(ticks, expected) { #expect(abs(a - b) < 1e-9) }
    }
}
