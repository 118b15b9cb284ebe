import Display
import TerminalEmulator
import Testing

@Suite struct ScreenTests {
    private struct Dice {
        var state: UInt64
        mutating func callAsFunction(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
    }

    private static func scribble(_ canvas: inout Canvas, _ dice: inout Dice) {
        let words = ["j12", "waits for slots", "日本", "█▌", "", "🍽 x", "a\tb\u{1B}[H"]
        let styles: [CellStyle] = [
            .plain, .bold, .dim, CellStyle(.red), CellStyle(.green, bold: true), CellStyle(reverse: true),
        ]
        for _ in 0..<dice(8) {
            canvas.put(
                words[dice(words.count)], row: dice(canvas.height + 1), column: dice(canvas.width + 1),
                style: styles[dice(styles.count)], limit: dice(2) == 0 ? nil : dice(6))
        }
        if dice(5) == 0 { canvas.restyle(row: dice(canvas.height)) { $0.isReverse = true } }
    }

    /// However pictures follow each other, the terminal shows the last one, and knows every sequence that was written.
    @Test func theTerminalShowsThePicture() {
        for seed in 1...60 as ClosedRange<UInt64> {
            var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
            var (width, height) = (4 + dice(30), 2 + dice(8))
            var terminal = Emulator(width: width, height: height)
            terminal.feed("left over from before\r\n\u{1B}[7m")
            var painter = Painter()
            var canvas = Canvas(width: width, height: height)
            for step in 0..<12 {
                if dice(6) == 0 {
                    (width, height) = (4 + dice(30), 2 + dice(8))
                    terminal.resize(width: width, height: height)
                }
                if dice(3) == 0 || canvas.width != width || canvas.height != height {
                    canvas = Canvas(width: width, height: height)
                }
                Self.scribble(&canvas, &dice)
                terminal.feed(painter.paint(canvas))
                var fresh = Emulator(width: width, height: height)
                var other = Painter()
                fresh.feed(other.paint(canvas))
                #expect(terminal.lines == canvas.lines, "seed \(seed), step \(step)")
                #expect(terminal.screen == fresh.screen, "seed \(seed), step \(step)")
                #expect(painter.paint(canvas).isEmpty)
            }
            #expect(terminal.unknown == [])
        }
    }

    @Test func aSmallChangeIsFewBytes() {
        var painter = Painter()
        var canvas = Canvas(width: 80, height: 24)
        for row in 0..<24 { canvas.put("job \(row) is running and has 10 of 100 tasks done", row: row, column: 0) }
        #expect(painter.paint(canvas).utf8.count > 1000)
        canvas.put("11", row: 7, column: 26)
        #expect(painter.paint(canvas).utf8.count < 12)
    }

    @Test func keysAreReadInAnyPieces() {
        let bytes = Array("jq\u{1B}[A\u{1B}OB\u{1B}[5~\u{1B}[6~\t\u{1B}[Z\r\u{03}é日\u{1B}[1;5C\u{1B}[99~\u{7F}".utf8)
        let keys: [KeyPress] = [
            .character("j"), .character("q"), .up, .down, .pageUp, .pageDown, .tab, .backTab, .enter, .control("c"),
            .character("é"), .character("日"), .right, .backspace,
        ]
        for size in 1...bytes.count {
            var reader = KeyReader()
            var found: [KeyPress] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += reader.read(bytes[start..<min(bytes.count, start + size)])
            }
            #expect(found == keys, "in pieces of \(size)")
            #expect(!reader.isWaiting)
        }
    }

    @Test func escapeAloneIsAKeyOnceNothingFollows() {
        var reader = KeyReader()
        #expect(reader.read([0x1B]).isEmpty && reader.isWaiting)
        #expect(reader.flush() == [.escape] && !reader.isWaiting)
        #expect(reader.read([0x1B, 0x71]) == [.escape, .character("q")])
        // Whatever comes, it is taken in, and what follows is understood.
        for seed in 1...200 as ClosedRange<UInt64> {
            var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
            _ = reader.read((0..<dice(40)).map { _ in UInt8(dice(256)) })
            _ = reader.flush()
            #expect(reader.read([0x71]) == [.character("q")])
        }
    }
}
