import Coordination
import Display

extension UsageReport {
    /// One page that needs nothing besides itself: text, tables, and plots as SVG; light or dark as its reader's system is.
    public var page: String {
        var sections: [String] = []
        sections.append("<h2>Slots over time</h2>\n" + Plot.overTime(slices, from: from, to: to))
        if tenants.contains(where: { $0.waits.count > 0 }) {
            sections.append(
                "<h2>Waiting times</h2>\n<p>From a job's submission to its first start: half of the jobs waited less than the first mark, "
                    + "90 % less than the second, 99 % less than the third; the ring is the longest wait.</p>\n"
                    + Plot.waits(tenants))
        }
        if !tenants.isEmpty { sections.append("<h2>Tenants</h2>\n" + Self.html(tenantsTable)) }
        if !workers.isEmpty {
            sections.append("<h2>Workers</h2>\n" + Plot.workers(workers) + Self.html(workersTable))
        }
        if !devices.isEmpty { sections.append("<h2>Devices</h2>\n" + Self.html(devicesTable)) }
        sections.append(
            "<h2>Failures</h2>\n"
                + (failures.isEmpty ? "<p>Nothing failed.</p>" : Plot.failures(failures) + Self.html(failuresTable)))
        if !deadLetterJobs.isEmpty { sections.append("<h2>Tried no more</h2>\n" + Self.html(deadLettersTable)) }
        let list = figures.map { "<dt>\(Self.escaped($0.name))</dt><dd>\(Self.escaped($0.text))</dd>" }.joined(
            separator: "\n")
        let notes = remarks.map { "<p class=\"remark\">\(Self.escaped($0))</p>" }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>Banquet: \(Self.escaped(title))</title>
            <style>\(Self.sheet)</style>
            </head>
            <body>
            <main>
            <h1>What the cluster did</h1>
            <p>\(Self.escaped(title))</p>
            \(notes)
            <dl>
            \(list)
            </dl>
            \(sections.map { "<section>\n\($0)\n</section>" }.joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    static func escaped(_ text: some StringProtocol) -> String {
        text.withoutControls.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }

    private static func html(_ table: Table) -> String {
        func cells(_ texts: [String], _ tag: String) -> String {
            zip(table.columns, texts).map { column, text in
                "<\(tag)\(column.isNumeric ? " class=\"number\"" : "")>\(escaped(text))</\(tag)>"
            }.joined()
        }
        let head = cells(table.columns.map { $0.heading.prefix(1) + $0.heading.dropFirst().lowercased() }, "th")
        let rows = table.rows.map { "<tr>\(cells($0, "td"))</tr>" }.joined(separator: "\n")
        return
            "<div class=\"scroll\"><table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(rows)\n</tbody>\n</table></div>"
    }

    private static let sheet = """

        :root { color-scheme: light dark; --ink: #1c2530; --soft: #5b6875; --line: #d9dee4; --ground: #ffffff; --room: #e4e9ef;
          --fill: #2f6fb0; --second: #c07a12; --bad: #b3382c; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e2e7ec; --soft: #98a4b0; --line: #333c46; --ground: #14191f; --room: #2a323b; --fill: #5b9bd8; --second: #dba14a; --bad: #e0776b; }
        }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.6rem; margin: 0; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
        p { margin: .25rem 0 .75rem; color: var(--soft); }
        p.remark { color: var(--bad); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        svg { display: block; width: 100%; height: auto; margin: .5rem 0 1rem; }
        svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
        svg .name { fill: var(--ink); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
        td:last-child { white-space: normal; }
        th { color: var(--soft); font-weight: 500; }
        .number { text-align: right; }

        """
}
