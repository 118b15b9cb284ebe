/// A small terminal for tests: it obeys the escape sequences that `banquet` writes, and says what is on its screen then. A sequence
/// that it doesn't know is kept, so that a test can object to it.
public struct Emulator {
    public struct Cell: Equatable {
        /// Nil: the second column of a wide character.
        public var character: Character? = " "
        public var codes = "0"
    }

    public private(set) var width: Int
    public private(set) var height: Int
    private var main: [[Cell]]
    private var alternate: [[Cell]]?
    public private(set) var row = 0
    public private(set) var column = 0
    private var codes = "0"
    public private(set) var isCursorShown = true
    public var isAlternate: Bool { alternate != nil }
    public private(set) var unknown: [String] = []
    /// Bytes that may yet become a character or a sequence.
    private var rest: [UInt8] = []

    public init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        main = Self.empty(width, height)
    }

    private static func empty(_ width: Int, _ height: Int) -> [[Cell]] {
        Array(repeating: Array(repeating: Cell(), count: width), count: height)
    }

    /// As a terminal's window changes: what is cut off is lost.
    public mutating func resize(width: Int, height: Int) {
        func resized(_ screen: [[Cell]]) -> [[Cell]] {
            (0..<height).map { row in
                (0..<width).map { row < screen.count && $0 < screen[row].count ? screen[row][$0] : Cell() }
            }
        }
        main = resized(main)
        alternate = alternate.map(resized)
        (self.width, self.height) = (width, height)
        (row, column) = (min(row, height - 1), min(column, width - 1))
    }

    public private(set) var screen: [[Cell]] {
        get { alternate ?? main }
        set { if alternate != nil { alternate = newValue } else { main = newValue } }
    }

    /// The rows without blanks at their ends.
    public var lines: [String] {
        screen.map { row in
            var text = String(row.compactMap(\.character))[...]
            while text.last == " " { text.removeLast() }
            return String(text)
        }
    }

    public var text: String { lines.joined(separator: "\n") }

    public mutating func feed(_ text: String) { feed(Array(text.utf8)) }

    public mutating func feed(_ bytes: [UInt8]) {
        rest += bytes
        var place = 0
        while place < rest.count, let length = step(rest[place...]) { place += length }
        rest.removeFirst(place)
    }

    /// Obeys what stands first; nil where its end has not come yet.
    private mutating func step(_ bytes: ArraySlice<UInt8>) -> Int? {
        let first = bytes[bytes.startIndex]
        switch first {
        case 0x1B: return escape(bytes)
        case 0x0D: column = 0
        case 0x0A: lineFeed()
        case 0x08: column = max(0, column - 1)
        case 0x07: break
        case ..<0x20: unknown.append("control \(first)")
        default:
            let length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
            guard bytes.count >= length else { return nil }
            for character in String(decoding: bytes.prefix(length), as: UTF8.self) { show(character) }
            return length
        }
        return 1
    }

    private mutating func escape(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count > 1 else { return nil }
        guard bytes[bytes.startIndex + 1] == UInt8(ascii: "[") else {
            unknown.append("ESC \(bytes[bytes.startIndex + 1])")
            return 2
        }
        guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
        obey(
            Character(Unicode.Scalar(bytes[end])),
            String(decoding: bytes[bytes.startIndex + 2..<end], as: UTF8.self))
        return end - bytes.startIndex + 1
    }

    private mutating func obey(_ command: Character, _ parameters: String) {
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
        func number(_ place: Int, or standard: Int) -> Int {
            place < numbers.count ? numbers[place] ?? standard : standard
        }
        switch command {
        case "H":
            row = min(height, max(1, number(0, or: 1))) - 1
            column = min(width, max(1, number(1, or: 1))) - 1
        case "A": row = max(0, row - number(0, or: 1))
        case "m": codes = parameters.isEmpty ? "0" : parameters
        case "K" where number(0, or: 0) == 0: screen[row].replaceSubrange(column..<width, with: blanks(width - column))
        case "J" where number(0, or: 0) == 2: screen = Self.empty(width, height)
        case "J" where number(0, or: 0) == 0:
            screen[row].replaceSubrange(column..<width, with: blanks(width - column))
            for below in row + 1..<max(row + 1, height) { screen[below] = blanks(width) }
        case "h" where parameters == "?1049": alternate = Self.empty(width, height)
        case "l" where parameters == "?1049": alternate = nil
        case "h" where parameters == "?25": isCursorShown = true
        case "l" where parameters == "?25": isCursorShown = false
        case "h" where parameters == "?7", "l" where parameters == "?7": break
        default: unknown.append("CSI \(parameters)\(command)")
        }
    }

    private func blanks(_ count: Int) -> [Cell] { Array(repeating: Cell(), count: count) }

    private mutating func lineFeed() {
        guard row == height - 1 else {
            row += 1
            return
        }
        screen = screen.dropFirst() + [blanks(width)]
    }

    private mutating func show(_ character: Character) {
        let columns = Self.columns(of: character)
        if column + columns > width {
            column = 0
            lineFeed()
        }
        for place in column..<column + columns {
            if screen[row][place].character == nil, place > 0 { screen[row][place - 1].character = " " }
            if place + 1 < width, screen[row][place + 1].character == nil { screen[row][place + 1].character = " " }
        }
        screen[row][column] = Cell(character: character, codes: codes)
        if columns == 2 { screen[row][column + 1] = Cell(character: nil, codes: codes) }
        column += columns
    }

    /// As the C library of a terminal would say, for the few characters that tests draw.
    private static func columns(of character: Character) -> Int {
        let value = character.unicodeScalars.first!.value
        return (0x1100...0x115F).contains(value) || (0x2E80...0xA4CF).contains(value)
            || (0xAC00...0xD7A3).contains(value)
            || (0xF900...0xFAFF).contains(value) || (0xFF01...0xFF60).contains(value)
            || (0x1F300...0x1FAFF).contains(value)
            ? 2 : 1
    }
}
