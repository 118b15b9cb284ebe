/// Rows under headings, in columns as wide as they need to be.
struct Table {
    var headings: [String]
    var rows: [[String]] = []
    /// Columns that hold numbers and stand flush right.
    var numeric: Set<Int> = []

    func rendered() -> String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return numeric.contains(column) ? padding + cell : cell + padding
            }.joined(separator: "  ").trimmingTrailingBlanks()
        }
        return ([Terminal.styled(line(headings), .dim)] + rows.map(line)).joined(separator: "\n")
    }
}

extension String {
    func trimmingTrailingBlanks() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
