/// Rows under headings. Where the width is bounded it fits it: columns that are empty go, the others get narrower and then go, those that
/// matter least first. Numbers aren't cut: a column of them is there whole or not at all.
public struct Table: Sendable {
    public struct Column: Sendable {
        public var heading: String
        /// Flush right, and never cut.
        public var isNumeric: Bool
        /// Of two columns the one with the smaller number gives way first.
        public var priority: Int
        /// The narrowest that it gets, in columns of the terminal, before it goes.
        public var minimum: Int

        public init(_ heading: String, numeric: Bool = false, priority: Int = 5, minimum: Int = 6) {
            self.heading = heading
            isNumeric = numeric
            self.priority = priority
            self.minimum = minimum
        }
    }

    public var columns: [Column]
    public var rows: [[String]] = []

    public init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// What stands between two columns.
    static let gap = 2

    /// The columns that are shown, from left to right, with their widths.
    /// - Parameter width: columns of the terminal; nil: as wide as it needs to be.
    public func layout(width: Int? = nil) -> [(column: Int, width: Int)] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].heading.columns) { Swift.max($0, $1[column].columns) }
        }
        let natural = widths
        var shown = Array(columns.indices)
        guard let width else { return shown.map { ($0, widths[$0]) } }
        func excess() -> Int { shown.reduce(Self.gap * (shown.count - 1) - width) { $0 + widths[$1] } }
        // What is empty in all rows says nothing.
        if excess() > 0 {
            shown.removeAll { column in column > 0 && !rows.isEmpty && rows.allSatisfy { $0[column].isEmpty } }
        }
        // Of what matters least the widest.
        func next(_ candidates: [Int]) -> Int? {
            candidates.min { (columns[$0].priority, -widths[$0]) < (columns[$1].priority, -widths[$1]) }
        }
        while excess() > 0 {
            let elastic = shown.filter { !columns[$0].isNumeric && widths[$0] > columns[$0].minimum }
            if let column = next(elastic) {
                let numbers = shown.dropFirst().filter { columns[$0].isNumeric }
                if let number = next(numbers), columns[number].priority < columns[column].priority {
                    shown.removeAll { $0 == number }
                    continue
                }
                // Down to the next narrower one of the same priority, so that equals shrink together.
                let equals = elastic.filter {
                    columns[$0].priority == columns[column].priority && widths[$0] < widths[column]
                }
                let floor = equals.map { widths[$0] }.max() ?? 0
                let goal = Swift.max(columns[column].minimum, Swift.min(widths[column] - 1, floor))
                widths[column] = Swift.max(goal, widths[column] - excess())
            } else if shown.count > 1, let column = next(Array(shown.dropFirst())) {
                shown.removeAll { $0 == column }
            } else {
                widths[shown[0]] = Swift.max(1, width)
                break
            }
        }
        // What went may have left more room than was needed.
        for column in shown.sorted(by: { columns[$0].priority > columns[$1].priority }) where !columns[column].isNumeric
        {
            widths[column] += Swift.min(
                Swift.max(0, -excess()), natural[column] - Swift.min(natural[column], widths[column]))
        }
        return shown.map { ($0, widths[$0]) }
    }

    /// The headings, and then the rows.
    public func lines(width: Int? = nil) -> [String] {
        let layout = layout(width: width)
        func line(_ cells: [String]) -> String {
            layout.map { cells[$0.column].filled(to: $0.width, flushRight: columns[$0.column].isNumeric) }
                .joined(separator: String(repeating: " ", count: Self.gap)).trimmingTrailingBlanks
        }
        return ([columns.map(\.heading)] + rows).map(line)
    }
}
