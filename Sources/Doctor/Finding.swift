/// What a check found on this host.
public struct Finding: Hashable, Sendable, Encodable {
    public enum Verdict: String, Hashable, Sendable, Encodable, CaseIterable, Comparable {
        case ok
        /// Something to know.
        case note
        /// It works, and will hurt some day.
        case warning
        /// It doesn't work: to be mended.
        case fault

        public static func < (a: Verdict, b: Verdict) -> Bool {
            Verdict.allCases.firstIndex(of: a)! < Verdict.allCases.firstIndex(of: b)!
        }
    }

    /// What was looked at: `keys`, `endpoint`, `clock`, `limits`, `devices`, `disk`, `libraries`, `configuration`, `user`.
    public let check: String
    public let verdict: Verdict
    /// One line, for people.
    public let what: String
    /// What to do about it.
    public let advice: String?

    init(_ check: String, _ verdict: Verdict, _ what: String, advice: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.what = what
        self.advice = advice
    }
}

/// What a host is, or is to be.
public enum HostRole: String, Sendable, CaseIterable {
    case coordinator, worker, client
}
