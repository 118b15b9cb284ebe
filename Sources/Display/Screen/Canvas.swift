/// How a cell of the screen looks.
public struct CellStyle: Hashable, Sendable {
    public enum Colour: UInt8, Hashable, Sendable { case red = 31, green, yellow, blue, magenta, cyan }

    public var colour: Colour?
    public var isBold = false
    public var isDim = false
    public var isReverse = false

    public init(_ colour: Colour? = nil, bold: Bool = false, dim: Bool = false, reverse: Bool = false) {
        self.colour = colour
        isBold = bold
        isDim = dim
        isReverse = reverse
    }

    public static let plain = CellStyle()
    public static let bold = CellStyle(bold: true)
    public static let dim = CellStyle(dim: true)

    /// The parameters of ECMA-48's SGR, from whatever was before.
    var codes: String {
        var codes = ["0"]
        if isBold { codes.append("1") }
        if isDim { codes.append("2") }
        if isReverse { codes.append("7") }
        if let colour { codes.append("\(colour.rawValue)") }
        return codes.joined(separator: ";")
    }
}

/// A picture of so many columns and rows, drawn cell by cell. What does not fit is cut.
public struct Canvas: Sendable, Hashable {
    struct Cell: Hashable, Sendable {
        /// Nil: the second column of a wide character.
        var character: Character?
        var style: CellStyle

        static let blank = Cell(character: " ", style: .plain)
    }

    public let width: Int
    public let height: Int
    private(set) var cells: [Cell]

    public init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        cells = Array(repeating: .blank, count: self.width * self.height)
    }

    /// Writes one line of text; what a terminal would obey is left out.
    /// - Parameter limit: at most so many columns; a text that is longer ends with `…`.
    /// - Returns: the column after it.
    @discardableResult
    public mutating func put(
        _ text: some StringProtocol, row: Int, column: Int, style: CellStyle = .plain, limit: Int? = nil
    ) -> Int {
        guard (0..<height).contains(row), column >= 0, column < width else { return column }
        let room = min(limit ?? .max, width - column)
        var place = column
        for character in text.withoutControls.fitted(to: room) {
            let columns = character.columns
            guard columns > 0 else { continue }
            for column in place..<place + columns { split(row, column) }
            cells[row * width + place] = Cell(character: character, style: style)
            if columns == 2 { cells[row * width + place + 1] = Cell(character: nil, style: style) }
            place += columns
        }
        return place
    }

    /// What is written over half of a wide character leaves a blank where its other half was.
    private mutating func split(_ row: Int, _ column: Int) {
        let place = row * width + column
        if cells[place].character == nil, column > 0 { cells[place - 1].character = " " }
        if column + 1 < width, cells[place + 1].character == nil { cells[place + 1].character = " " }
    }

    /// Gives a whole row another look.
    public mutating func restyle(row: Int, _ change: (inout CellStyle) -> Void) {
        guard (0..<height).contains(row) else { return }
        for place in row * width..<(row + 1) * width { change(&cells[place].style) }
    }

    /// The rows as text, without blanks at their ends.
    public var lines: [String] {
        (0..<height).map { row in
            String(cells[row * width..<(row + 1) * width].compactMap(\.character)).trimmingTrailingBlanks
        }
    }

    func row(_ number: Int) -> ArraySlice<Cell> { cells[number * width..<(number + 1) * width] }
}

/// Brings a terminal from one picture to the next with few bytes: only what differs is written.
public struct Painter: Sendable {
    private var shown: Canvas?

    public init() {}

    /// Forgets what the terminal shows: the next picture is drawn whole.
    public mutating func forget() { shown = nil }

    /// What to write, in one piece; empty where nothing differs.
    public mutating func paint(_ canvas: Canvas) -> String {
        var writer = Writer()
        let isWhole = shown?.width != canvas.width || shown?.height != canvas.height
        if isWhole { writer.text = "\u{1B}[0m\u{1B}[H\u{1B}[2J" }
        for row in 0..<canvas.height {
            let old = isWhole ? nil : shown?.row(row)
            writer.paint(canvas.row(row), over: old, row: row)
        }
        shown = canvas
        return writer.finished
    }

    private struct Writer {
        var text = ""
        private var style: CellStyle? = .plain
        /// Where the cursor is, if that is known.
        private var cursor: (row: Int, column: Int)?
        /// So many equal cells between two changes are written again: going round them takes more bytes.
        private static let bridge = 4

        var finished: String { style == .plain || text.isEmpty ? text : text + "\u{1B}[0m" }

        mutating func paint(_ new: ArraySlice<Canvas.Cell>, over old: ArraySlice<Canvas.Cell>?, row: Int) {
            let (begin, count) = (new.startIndex, new.count)
            func differs(_ column: Int) -> Bool {
                let cell = new[begin + column]
                return old.map { $0[$0.startIndex + column] != cell } ?? (cell != .blank)
            }
            // From here on the row is blank.
            var end = count
            while end > 0, new[begin + end - 1] == .blank { end -= 1 }
            var column = 0
            while column < count {
                guard differs(column) else {
                    column += 1
                    continue
                }
                if column >= end {
                    move(to: row, column)
                    take(.plain)
                    text += "\u{1B}[K"
                    return
                }
                var last = column
                var ahead = column + 1
                while ahead < end, ahead - last <= Self.bridge {
                    if differs(ahead) { last = ahead }
                    ahead += 1
                }
                // A wide character is written whole.
                if new[begin + column].character == nil, column > 0 { column -= 1 }
                move(to: row, column)
                while column <= last {
                    let cell = new[begin + column]
                    if let character = cell.character {
                        take(cell.style)
                        text.append(character)
                        cursor = (row, cursor!.column + character.columns)
                    }
                    column += 1
                }
                // Behind the last column terminals differ on where the cursor is.
                if let place = cursor, place.column >= count { cursor = nil }
            }
        }

        private mutating func move(to row: Int, _ column: Int) {
            guard cursor == nil || cursor! != (row, column) else { return }
            text += "\u{1B}[\(row + 1);\(column + 1)H"
            cursor = (row, column)
        }

        private mutating func take(_ next: CellStyle) {
            guard next != style else { return }
            text += "\u{1B}[\(next.codes)m"
            style = next
        }
    }
}
