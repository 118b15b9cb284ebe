import Display
import Testing

@Suite struct TableTests {
    private static let columns = [
        Table.Column("JOB", priority: 9), Table.Column("NAME", priority: 5),
        Table.Column("DONE", numeric: true, priority: 6),
        Table.Column("REASON", priority: 2, minimum: 8), Table.Column("HOST", priority: 1),
    ]

    private static func table(_ seed: UInt64) -> Table {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw(_ bound: UInt64) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % bound)
        }
        let letters = Array("abc é日本ﬂ🍽x")
        func word(_ longest: UInt64) -> String {
            String((0..<draw(longest)).map { _ in letters[draw(UInt64(letters.count))] })
        }
        return Table(
            columns,
            rows: (0..<draw(6)).map { _ in ["j\(draw(100_000))", word(20), "\(draw(1_000_000))", word(60), word(12)] })
    }

    /// Whatever is in it and however narrow the terminal is: no line is wider, numbers are whole, the first column stays, and what
    /// is shown is a beginning of what was to be shown.
    @Test func aTableFitsAnyWidth() {
        for seed in 0..<60 as Range<UInt64> {
            let table = Self.table(seed)
            let natural = table.layout()
            for width in [1, 3, 8, 13, 20, 40, 60, 79, 80, 120, 400] {
                let layout = table.layout(width: width)
                #expect(layout.reduce(2 * (layout.count - 1)) { $0 + $1.width } <= width)
                #expect(layout.first?.column == 0)
                for line in table.lines(width: width) { #expect(line.columns <= width, "\(width): \(line)") }
                guard width >= 8 else { continue }
                for (column, shown) in layout where table.columns[column].isNumeric {
                    #expect(shown == natural[column].width)
                }
            }
        }
    }

    @Test func whereThereIsRoomEnoughOrNoBoundNothingIsCut() {
        for seed in 0..<50 as Range<UInt64> {
            let table = Self.table(seed)
            let needed = table.layout().reduce(2 * 4) { $0 + $1.width }
            #expect(table.lines(width: needed) == table.lines())
            #expect(!table.lines().joined().contains("…"))
        }
    }

    @Test func whatMattersLeastGivesWayFirst() {
        let table = Table(
            Self.columns, rows: [["j1", "preprocess", "12", "waits for 8 slots of 16", "node-17.example"]])
        #expect(
            table.lines() == [
                "JOB  NAME        DONE  REASON                   HOST",
                "j1   preprocess    12  waits for 8 slots of 16  node-17.example",
            ])
        #expect(table.lines(width: 55)[1] == "j1   preprocess    12  waits for 8 slots of 16  node-1…")
        #expect(table.lines(width: 50)[1] == "j1   preprocess    12  waits for 8 slots …  node-…")
        #expect(table.lines(width: 30)[1] == "j1   preproce…    12  waits f…")
        #expect(table.lines(width: 24)[1] == "j1   preprocess    12")
        #expect(table.lines(width: 18)[1] == "j1   prepro…    12")
        #expect(table.lines(width: 8)[1] == "j1")
        // A number that matters less than a text goes before that is cut.
        let numbers = Table(
            [
                .init("JOB", priority: 9), .init("TRY", numeric: true, priority: 1), .init("WHY", priority: 2),
                .init("FAIL", numeric: true),
            ],
            rows: [["j1", "3", "waits for 8 slots", ""]])
        #expect(numbers.lines(width: 28)[1] == "j1     3  waits for 8 slots")
        #expect(numbers.lines(width: 24)[1] == "j1   waits for 8 slots")
    }

    @Test func textIsMeasuredAsTerminalsDrawIt() {
        #expect("日本".columns == 4)
        #expect("e\u{301}a".columns == 2)
        #expect("🍽️".columns == 2)
        #expect("日本語".fitted(to: 4) == "日…")
        #expect("abc".fitted(to: 3) == "abc" && "abcd".fitted(to: 3) == "ab…" && "abc".fitted(to: 0) == "")
        #expect("a\u{1B}[2Jb\nc".withoutControls == "a [2Jb c")
    }
}
