public import Coordination
import Foundation

/// A number for a text that no other text is likely to have: two rounds of FNV-1a (Fowler, Noll, Vo), 64 bits each. It is no
/// protection against somebody who looks for a collision; who may write the cache may as well write the program.
struct ContentDigest {
    private var high: UInt64 = 0xcbf2_9ce4_8422_2325
    private var low: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func add(_ text: String) {
        for byte in Array(text.utf8) + [0] {
            high = (high ^ UInt64(byte)) &* 0x100_0000_01b3
            low = (low ^ UInt64(byte) ^ (high >> 29)) &* 0x100_0000_01b3
        }
    }

    var text: String {
        [high, low].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// Verdicts of preflights that passed, by the digest of all that they depend on: a coordinator that is started again on what was
/// proved before proves nothing anew.
///
/// A folder with one file for each: `$BANQUET_CACHE`, or `banquet` in the user's folder for caches. Whatever is wrong with it counts as
/// nothing known.
public struct PreflightCache: Sendable {
    public struct Entry: Codable, Sendable {
        public var digest: String
        /// As it was printed, without colours.
        public var text: String
        public var lines: [String]
        public var summary: String
        public var overtaking: OvertakingBound?
        /// When it was proved: seconds since 1970.
        public var time: Int
    }

    private let folder: URL
    private static let entriesKept = 200

    public init() {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["BANQUET_CACHE"], !folder.isEmpty {
            self.folder = URL(fileURLWithPath: folder)
        } else if let caches = environment["XDG_CACHE_HOME"], !caches.isEmpty {
            folder = URL(fileURLWithPath: caches).appendingPathComponent("banquet")
        } else {
            folder = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/banquet")
        }
    }

    private func file(_ digest: String) -> URL { folder.appendingPathComponent("preflight-\(digest).json") }

    public func entry(_ digest: String) -> Entry? {
        guard let data = try? Data(contentsOf: file(digest)),
            let entry = try? JSONDecoder().decode(Entry.self, from: data), entry.digest == digest
        else { return nil }
        return entry
    }

    /// Keeps the verdict of a preflight that passed; if it can't be written, the next start proves it again.
    public func keep(_ report: PreflightReport, _ digest: String) {
        let entry = Entry(
            digest: digest, text: report.rendered(), lines: report.jsonLines, summary: report.summary,
            overtaking: report.overtaking, time: Int(Date().timeIntervalSince1970))
        guard report.verdict == .holds, let data = try? JSONEncoder().encode(entry) else { return }
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? data.write(to: file(digest), options: .atomic)
        prune()
    }

    private func prune() {
        let files =
            (try? FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: [.contentModificationDateKey])) ?? []
        guard files.count > Self.entriesKept else { return }
        func date(_ file: URL) -> Date {
            (try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate) ?? .distantPast
        }
        for old in files.sorted(by: { date($0) < date($1) }).prefix(files.count - Self.entriesKept / 2) {
            try? FileManager.default.removeItem(at: old)
        }
    }
}
