/// The results of a check as JUnit's XML, in the form that build servers read (testsuites, testsuite, testcase; failure, error, skipped).
///
/// A suite is a file. Its first case is the script itself, which errors of syntax, names and types fail; each assertion is a case. What a limit stopped is an
/// error, so that no build takes it for a success.
struct JUnitDocument {
    let text: String

    init(_ reports: [FileReport]) {
        let suites = reports.map(Suite.init)
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        let counts = suites.reduce(Counts()) { $0 + $1.counts }
        lines.append("<testsuites name=\"banquet check\" \(counts.attributes)>")
        for suite in suites { lines += suite.lines }
        lines.append("</testsuites>")
        text = lines.joined(separator: "\n") + "\n"
    }

    private struct Counts {
        var tests = 0
        var failures = 0
        var errors = 0
        var skipped = 0
        var seconds = 0.0

        static func + (a: Counts, b: Counts) -> Counts {
            Counts(
                tests: a.tests + b.tests, failures: a.failures + b.failures, errors: a.errors + b.errors,
                skipped: a.skipped + b.skipped, seconds: a.seconds + b.seconds)
        }

        var attributes: String {
            "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\" time=\"\(seconds.rounded6)\""
        }
    }

    private struct Suite {
        private(set) var counts = Counts()
        private(set) var lines: [String] = []

        init(_ report: FileReport) {
            var cases = scriptCase(report)
            for assertion in report.assertions { cases += self.case(assertion, report.file) }
            lines = ["  <testsuite name=\"\(report.file.xml)\" \(counts.attributes)>"] + cases + ["  </testsuite>"]
        }

        private mutating func scriptCase(_ report: FileReport) -> [String] {
            counts.tests += 1
            let head =
                "    <testcase classname=\"\(report.file.xml)\" name=\"script\" file=\"\(report.file.xml)\" time=\"0\""
            guard let first = report.errors.first else { return [head + "/>"] }
            counts.errors += 1
            let body = report.errors.map { "\($0.file):\($0.line):\($0.column): \($0.phase): \($0.message)" }
            return [
                head + ">",
                "      <error type=\"\(first.phase)\" message=\"\(first.message.xml)\">\(body.joined(separator: "\n").xml)</error>",
                "    </testcase>",
            ]
        }

        private mutating func `case`(_ assertion: AssertionReport, _ file: String) -> [String] {
            counts.tests += 1
            counts.seconds += assertion.seconds
            let head =
                "    <testcase classname=\"\(file.xml)\" name=\"\(assertion.line): \(assertion.text.xml)\" "
                + "file=\"\(assertion.file.xml)\" line=\"\(assertion.line)\" time=\"\(assertion.seconds.rounded6)\""
            let outcome: String
            switch assertion.verdict {
            case .holds: return [head + "/>"]
            case .fails:
                counts.failures += 1
                outcome = element("failure", type: assertion.property ?? "assertion", assertion.summary, assertion)
            case .unknown where assertion.isRefused:
                counts.errors += 1
                outcome = element("error", type: "refused", assertion.explanation, assertion)
            case .unknown:
                counts.errors += 1
                outcome = element("error", type: "limit", assertion.explanation, assertion)
            }
            return [head + ">", outcome, "    </testcase>"]
        }

        private func element(
            _ name: String, type: String, _ message: String?, _ assertion: AssertionReport
        ) -> String {
            "      <\(name) type=\"\(type.xml)\" message=\"\((message ?? "").xml)\">\(assertion.rendered().xml)</\(name)>"
        }
    }
}

extension Double {
    /// Seconds to the microsecond, without an exponent.
    fileprivate var rounded6: String {
        let microseconds = Int((self * 1e6).rounded())
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)"
    }
}

extension String {
    /// As XML 1.0 wants it in text and attributes; characters that it has no room for become `?`.
    var xml: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            default:
                let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                result.unicodeScalars.append(isAllowed ? scalar : "?")
            }
        }
        return result
    }
}
