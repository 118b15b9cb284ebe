extension [FileReport] {
    /// One line at the end of a check: how many assertions hold, and what it cost.
    public var tally: String {
        let assertions = flatMap(\.assertions)
        func count(_ verdict: AssertionReport.Verdict) -> Int { assertions.count { $0.verdict == verdict } }
        var parts = [
            "\(count(.holds).grouped) of \(assertions.count.counted("assertion")) \(assertions.count == 1 ? "holds" : "hold")"
        ]
        if count(.fails) > 0 { parts.append("\(count(.fails)) \(count(.fails) == 1 ? "fails" : "fail")") }
        if count(.unknown) > 0 { parts.append("\(count(.unknown)) unknown") }
        let broken = self.count { !$0.errors.isEmpty }
        if broken > 0 { parts.append("errors in \(broken.counted("file"))") }
        let states = assertions.reduce(0) { $0 + $1.states }
        let seconds = assertions.reduce(0) { $0 + $1.seconds }
        return parts.joined(separator: ", ") + "; \(states.counted("state")), \(seconds.shortSeconds)"
    }
}
