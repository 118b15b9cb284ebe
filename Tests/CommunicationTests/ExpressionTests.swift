import Testing

@testable import Communication

@Suite struct ExpressionTests {
    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("rank + 1", 3), ("(rank - 3) % size", 3), ("-7 / 2", -4),
        ("7 - 2 - 1", 4),
        ("rank % 2 == 0 and size > 3", 1), ("rank == 0 or rank == 1", 0), ("rank == 2 or 1 / 0 == 1", 1), ("2*i", 10),
    ])
    func values(text: String, value: Int) throws {
        #expect(try Expression(text, names: ["i"]).value(["rank": 2, "size": 4, "i": 5]) == value)
    }

    @Test(arguments: ["", "1 +", "(1", "1 1", "rang", "1 + * 2", "rank @ 2", "andy", "1 and"]) func refused(
        text: String
    ) {
        #expect(throws: Expression.Fault.self) { try Expression(text) }
    }

    @Test(arguments: ["1 / 0", "size % (rank - 2)", "9223372036854775807 + 1"]) func noValue(text: String) throws {
        let expression = try Expression(text)
        #expect(throws: Expression.Fault.self) { try expression.value(["rank": 2, "size": 4]) }
    }

    @Test func nestsOnlySoDeep() {
        #expect(throws: Expression.Fault.self) {
            try Expression(String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000))
        }
        #expect(throws: Expression.Fault.self) { try Expression(String(repeating: "-", count: 10_000) + "1") }
    }
}
