/// Collects the elements of a picture that is legible in light and in dark: colours are in the style sheet at its head, and nothing hangs on colour alone.
struct SVGCanvas {
    /// Columns of a character of the labels' font, in its own size: widths are estimated, as there is no font to ask.
    static let characterWidth = 0.61

    private let title: String
    private let description: String
    private var body: [String] = []

    init(title: String, description: String) {
        self.title = title
        self.description = description
    }

    static func width(of text: String, size: Double) -> Double { Double(text.count) * characterWidth * size }

    mutating func text(
        _ text: String, x: Double, y: Double, _ style: String, anchor: String = "start", size: Double = 12
    ) {
        body.append(
            "<text class=\"\(style)\" x=\"\(x.short)\" y=\"\(y.short)\" text-anchor=\"\(anchor)\" font-size=\"\(size.short)\">\(text.xml)</text>"
        )
    }

    /// A text in the middle, on a ground of its own so that lines behind it do not cross it.
    mutating func label(
        _ text: String, x: Double, y: Double, _ style: String, ground: String = "ground", size: Double = 12
    ) {
        let width = Self.width(of: text, size: size) + 6
        rectangle(x: x - width / 2, y: y - size * 0.86, width: width, height: size * 1.12, ground)
        self.text(text, x: x, y: y, style, anchor: "middle", size: size)
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body.append(
            "<line class=\"\(style)\" x1=\"\(x1.short)\" y1=\"\(y1.short)\" x2=\"\(x2.short)\" y2=\"\(y2.short)\"/>")
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String) {
        body.append("<circle class=\"\(style)\" cx=\"\(x.short)\" cy=\"\(y.short)\" r=\"\(radius.short)\"/>")
    }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, _ style: String, radius: Double = 0
    ) {
        body.append(
            "<rect class=\"\(style)\" x=\"\(x.short)\" y=\"\(y.short)\" width=\"\(width.short)\" height=\"\(height.short)\" rx=\"\(radius.short)\"/>"
        )
    }

    mutating func path(_ data: String, _ style: String, arrow: Bool = false) {
        body.append("<path class=\"\(style)\" d=\"\(data)\"\(arrow ? " marker-end=\"url(#arrow)\"" : "")/>")
    }

    func document(width: Double, height: Double) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width.short) \(height.short)" width="\(width.short)" height="\(height.short)" role="img" aria-labelledby="title desc">
        <title id="title">\(title.xml)</title>
        <desc id="desc">\(description.xml)</desc>
        <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="arrow" d="M0,0.6 L8,4 L0,7.4 z"/></marker></defs>
        <style>
        \(Self.style)
        </style>
        <rect class="ground" width="100%" height="100%"/>
        \(body.joined(separator: "\n"))
        </svg>

        """
    }

    private static let style = """
        text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328 }
        .ground { fill: #ffffff }
        .title { font-weight: 600 }
        .faint { fill: #59636e }
        .wrong { fill: #c5221f; font-weight: 600 }
        .note { fill: #8250df }
        .life { stroke: #b7bfc8; stroke-width: 1.2; stroke-dasharray: 2 3 }
        .head { fill: #eef3f8; stroke: #8c959f }
        .bar { stroke: #0550ae; stroke-width: 2.2; stroke-linecap: round }
        .dot { fill: #0550ae }
        .hidden-bar { stroke: #6e7781; stroke-width: 1.8; stroke-dasharray: 4 3 }
        .hidden-dot { fill: #ffffff; stroke: #6e7781; stroke-width: 1.6 }
        .cycle { fill: #f5f1fd; stroke: #b69be8 }
        .cycle-ground { fill: #f5f1fd }
        .loop { fill: none; stroke: #8250df; stroke-width: 1.8 }
        .arrow { fill: context-stroke; stroke: none }
        .end { fill: #f6f8fa; stroke: #b7bfc8 }
        .end-blocked { fill: #fff1f0; stroke: #c5221f }
        .state { fill: #eef3f8; stroke: #57606a; stroke-width: 1.4 }
        .state-dead { fill: #ffd7d5; stroke: #c5221f; stroke-width: 1.8 }
        .ring { fill: none; stroke: #57606a; stroke-width: 1.2 }
        .edge { fill: none; stroke: #57606a; stroke-width: 1.3 }
        .hidden-edge { fill: none; stroke: #57606a; stroke-width: 1.3; stroke-dasharray: 4 3 }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .ground { fill: #0d1117 }
        .faint { fill: #9198a1 }
        .wrong { fill: #ff7b72 }
        .note { fill: #d2a8ff }
        .life { stroke: #3d444d }
        .head { fill: #1b222c; stroke: #656c76 }
        .bar { stroke: #58a6ff }
        .dot { fill: #58a6ff }
        .hidden-bar { stroke: #9198a1 }
        .hidden-dot { fill: #0d1117; stroke: #9198a1 }
        .cycle { fill: #1b1a2c; stroke: #6e54a3 }
        .cycle-ground { fill: #1b1a2c }
        .loop { stroke: #d2a8ff }
        .end { fill: #151b23; stroke: #3d444d }
        .end-blocked { fill: #2d1416; stroke: #ff7b72 }
        .state { fill: #1b222c; stroke: #9198a1 }
        .state-dead { fill: #4c1a1c; stroke: #ff7b72 }
        .ring { stroke: #9198a1 }
        .edge, .hidden-edge { stroke: #9198a1 }
        }
        """
}

extension Double {
    /// A tenth of a pixel is enough.
    var short: String {
        let tenths = Int((self * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
