internal import Foundation

/// Who waits for whom, as a picture.
public enum WaitingDrawing {
    /// For Graphviz: an arrow from each rank that does not go on to those that it waits for; the ring is red.
    public static func dot(_ report: PlanReport) -> String {
        var lines = ["digraph waiting {", "    node [shape=box, fontname=\"sans-serif\"];"]
        let stuck = report.fault?.stuck ?? []
        let ring = Set((report.fault?.ring ?? []).map(\.site.rank))
        let next = arrows(report)
        for one in stuck {
            let label = "rank \(one.site.rank)\\n\(escaped(one.site.text))\\nline \(one.site.place.line)"
            lines.append(
                "    \(one.site.rank) [label=\"\(label)\"\(ring.contains(one.site.rank) ? ", color=red" : "")];")
        }
        let known = Set(stuck.map(\.site.rank))
        for other in Set(stuck.flatMap(\.waitsFor)).subtracting(known).sorted() {
            lines.append("    \(other) [label=\"rank \(other)\\ndone\", style=dashed];")
        }
        for one in stuck {
            for other in one.waitsFor {
                let isRing = next[one.site.rank] == other
                lines.append("    \(one.site.rank) -> \(other)\(isRing ? " [color=red]" : "");")
            }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// The next rank of the ring.
    static func arrows(_ report: PlanReport) -> [Int: Int] {
        guard let fault = report.fault, fault.kind == .deadlock else { return [:] }
        let ring = fault.ring.map(\.site.rank)
        return Dictionary(uniqueKeysWithValues: ring.indices.map { (ring[$0], ring[($0 + 1) % ring.count]) })
    }

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] })
    }
}

extension WaitingDrawing {
    /// The ranks on a circle, the ring in red.
    public static func svg(_ report: PlanReport) -> String {
        let stuck = Array((report.fault?.stuck ?? []).prefix(48))
        let known = stuck.map(\.site.rank)
        let done = Set(stuck.flatMap(\.waitsFor)).subtracting(known).sorted().prefix(8)
        let all = known + done
        let radius = max(150.0, Double(all.count) * 28)
        let middle = radius + 130
        let next = arrows(report)
        let places = Dictionary(
            uniqueKeysWithValues: all.enumerated().map { number, rank in
                (rank, onCircle(number, of: all.count, radius: radius, middle: middle))
            })
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(2 * middle))\" height=\"\(Int(2 * middle))\" "
                + "font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" "
                + "orient=\"auto\"><path d=\"M0,0 L10,5 L0,10 z\" fill=\"context-stroke\"/></marker></defs>",
        ]
        for one in stuck {
            for other in one.waitsFor {
                guard let from = places[one.site.rank], let to = places[other] else { continue }
                let colour = next[one.site.rank] == other ? "#c00" : "#999"
                lines.append(arrow(from, to, colour))
            }
        }
        for (number, rank) in all.enumerated() {
            guard let place = places[rank] else { continue }
            let isInRing = next[rank] != nil
            lines.append(
                "<rect x=\"\(place.x - 75)\" y=\"\(place.y - 24)\" width=\"150\" height=\"48\" rx=\"6\" fill=\"white\" "
                    + "stroke=\"\(isInRing ? "#c00" : "#555")\"\(number < stuck.count ? "" : " stroke-dasharray=\"4\"")/>"
            )
            lines.append("<text x=\"\(place.x)\" y=\"\(place.y - 8)\" font-weight=\"bold\">rank \(rank)</text>")
            let text = number < stuck.count ? stuck[number].site.text : "done"
            lines.append("<text x=\"\(place.x)\" y=\"\(place.y + 7)\">\(shortened(text))</text>")
            if number < stuck.count {
                let site = stuck[number].site
                lines.append(
                    "<text x=\"\(place.x)\" y=\"\(place.y + 20)\" fill=\"#555\">call \(site.call), line \(site.place.line)</text>"
                )
            }
        }
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private typealias Point = (x: Double, y: Double)

    /// From the top, clockwise.
    private static func onCircle(_ number: Int, of count: Int, radius: Double, middle: Double) -> Point {
        let angle = 2 * Double.pi * Double(number) / Double(max(count, 1))
        return ((middle + radius * sin(angle)).rounded(), (middle - radius * cos(angle)).rounded())
    }

    private static func arrow(_ from: Point, _ to: Point, _ colour: String) -> String {
        // Ends at the box, not in its middle.
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let share = 1 / max(abs(dx) / 78, abs(dy) / 27, 1)
        let end = (x: (to.x - dx * share).rounded(), y: (to.y - dy * share).rounded())
        let bend = (x: ((from.x + to.x) / 2 - dy * 0.08).rounded(), y: ((from.y + to.y) / 2 + dx * 0.08).rounded())
        return
            "<path d=\"M\(from.x),\(from.y) Q\(bend.x),\(bend.y) \(end.x),\(end.y)\" fill=\"none\" stroke=\"\(colour)\" "
            + "stroke-width=\"1.5\" marker-end=\"url(#tip)\"/>"
    }

    private static func shortened(_ text: String) -> String {
        let short = text.count > 24 ? text.prefix(23) + "…" : text[...]
        return String(
            short.flatMap { character -> String in
                switch character {
                case "<": "&lt;"
                case ">": "&gt;"
                case "&": "&amp;"
                default: String(character)
                }
            })
    }
}
