import Foundation
import Testing

/// The house itself: one direction of imports, and no room that outgrew its walls.
@Suite struct HouseTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What each room may import of ours, as docs/architecture.md draws it.
    static let allowed: [String: Set<String>] = [
        "CSP": [],
        "ModelChecking": ["CPrefetch"],
        "Coordination": [],
        "Verification": ["CSP", "ModelChecking", "Coordination", "CSpecs"],
        "Simulation": ["Coordination"],
        "Lab": ["CLab", "CSP", "Coordination", "Verification", "Simulation", "Communication", "ConfigurationFiles"],
        "Communication": [],
        "Display": ["Coordination"],
        "Reporting": ["Coordination", "Display"],
        "ConfigurationFiles": ["Coordination", "Communication"],
        "Wire": ["Coordination", "CWire", "CProtobufC"],
        "Messaging": ["CZeroMQ", "CPlatform"],
        "Doctor": ["Access", "CPlatform", "ConfigurationFiles", "Messaging", "Storage", "Wire"],
        "Access": ["Coordination", "Messaging"],
        "Deployment": ["ConfigurationFiles", "Coordination"],
        "Storage": ["Coordination", "CPlatform"],
        "Training": ["Messaging", "CDigits"],
        "Daemon": [
            "Access", "Coordination", "Communication", "ConfigurationFiles", "Verification", "Wire", "Messaging",
            "Storage",
            "Training",
        ],
        "Console": ["Coordination", "Daemon", "Storage", "CConsolePage"],
        "Agent": ["Coordination", "Wire", "Messaging", "CPlatform"],
    ]
    static let ours = Set(allowed.keys).union([
        "CWire", "CZeroMQ", "CProtobufC", "CPlatform", "CDigits", "CLab", "CConsolePage", "CPrefetch", "CSpecs",
        "banquet",
    ])

    /// Libraries that one room alone may import.
    static let owners = [
        "GRDB": "Storage", "GRDBSQLite": "Storage", "Yams": "ConfigurationFiles", "CZeroMQ": "Messaging",
        "CWire": "Wire",
        "CLab": "Lab", "CPrefetch": "ModelChecking", "CSpecs": "Verification",
        "ArgumentParser": "banquet", "Hummingbird": "Console", "CConsolePage": "Console",
    ]

    static let lineLimit = 600

    static func swiftFiles(in folder: String) -> [(path: String, lines: [Substring])] {
        let base = root.appendingPathComponent(folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? String(contentsOf: base.appendingPathComponent(path), encoding: .utf8) else {
                return nil
            }
            return ("\(folder)/\(path)", text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    static func imports(_ lines: [Substring]) -> [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                words[..<at].allSatisfy({ isModifier($0) })
            else { return nil }
            let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias", "var"]
            let name = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
            return String(name.split(separator: ".")[0])
        }
    }

    static func isModifier(_ word: Substring) -> Bool {
        ["public", "internal", "package", "private", "fileprivate"].contains(word) || word.hasPrefix("@")
    }

    @Test(arguments: allowed.keys.sorted()) func importsRunOneWay(room: String) {
        let files = Self.swiftFiles(in: "Sources/\(room)")
        #expect(!files.isEmpty, "Sources/\(room) holds no Swift file")
        for (path, lines) in files {
            for name in Self.imports(lines) where Self.ours.contains(name) && name != room {
                #expect(Self.allowed[room]!.contains(name), "\(path) imports \(name)")
            }
        }
    }

    @Test func eachLibraryHasOneOwner() {
        for (path, lines) in Self.swiftFiles(in: "Sources") {
            for name in Self.imports(lines) {
                if let owner = Self.owners[name] {
                    #expect(path.hasPrefix("Sources/\(owner)/"), "\(path) imports \(name), which is \(owner)'s")
                }
            }
        }
    }

    /// The core has no clock, no disk and no randomness, so these modules have no business in it.
    @Test func theCoreIsPure() {
        for (path, lines) in Self.swiftFiles(in: "Sources/Coordination") {
            #expect(
                Set(Self.imports(lines)).isDisjoint(with: ["Foundation", "FoundationEssentials", "Glibc", "Dispatch"]),
                "\(path)")
        }
    }

    @Test func filesFitTheirRooms() {
        let files = Self.swiftFiles(in: "Sources") + Self.swiftFiles(in: "Tests")
        #expect(files.count > 20)
        for (path, lines) in files {
            #expect(lines.count <= Self.lineLimit, "\(path) has \(lines.count) lines")
        }
    }

    /// The table of threats names the tests that show what stops each: `Suite.test`, `Suite`, or `…test` of the suite before.
    @Test func theTestsOfTheThreatTableAreThere() throws {
        let document = try String(contentsOf: Self.root.appendingPathComponent("docs/security.md"), encoding: .utf8)
        let tests = Self.swiftFiles(in: "Tests").map { ($0.path, $0.lines.joined(separator: "\n")) }
        var named = 0
        for row in document.split(separator: "\n") where row.hasPrefix("|") {
            let cells = row.split(separator: "|")
            guard cells.count == 3, let last = cells.last, last.contains("Tests") else { continue }
            var suite = ""
            for name in last.split(separator: "`").map(String.init) where name.contains(/^[…A-Z]/) {
                let parts = name.split(separator: ".").map(String.init)
                if !name.hasPrefix("…") { suite = parts[0] }
                let text = tests.first { $0.1.contains("struct \(suite)") || $0.1.contains("class \(suite)") }?.1 ?? ""
                #expect(!text.isEmpty, "no suite \(suite)")
                if let test = name.hasPrefix("…") ? String(name.dropFirst()) : parts.dropFirst().first {
                    #expect(text.contains("@Test") && text.contains("func \(test)("), "no test \(suite).\(test)")
                }
                named += 1
            }
        }
        #expect(named > 20)
    }
}
