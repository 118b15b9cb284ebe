import Coordination

/// The pictures of the live view.
extension TopView {
    /// The picture now.
    public func draw() -> Canvas {
        var canvas = Canvas(width: width, height: height)
        drawTitle(&canvas)
        if isHelpShown {
            drawHelp(&canvas)
        } else if let job {
            drawJob(job, &canvas)
        } else if let snapshot {
            for (row, spans) in snapshot.head(barWidth: min(30, max(10, width / 4))).enumerated() {
                draw(spans, row: row + 1, &canvas)
            }
            var row = Self.headHeight
            for (pane, height) in layout {
                draw(pane, snapshot, rows: row..<max(row, min(row + height, self.height - 1)), &canvas)
                row += height
            }
        } else if away == nil {
            canvas.put("asking the coordinator …", row: 2, column: 0, style: .dim)
        }
        drawFoot(&canvas)
        return canvas
    }

    private func draw(_ spans: [Span], row: Int, _ canvas: inout Canvas) {
        var column = 0
        for span in spans { column = canvas.put(span.text, row: row, column: column, style: span.style) }
    }

    private func drawTitle(_ canvas: inout Canvas) {
        if let away {
            let text =
                " the coordinator is away for \(Progress.time(Double(away.seconds))): \(away.reason); trying again"
            canvas.put(text.filled(to: width), row: 0, column: 0, style: CellStyle(.red, bold: true, reverse: true))
            return
        }
        var column = canvas.put("banquet top", row: 0, column: 0, style: .bold)
        guard let snapshot else { return }
        let time = snapshot.overview.time
        let right = (isPaused ? "PAUSED  " : "") + "\(Self.timeOfDay(time)) UTC"
        column = canvas.put(
            "  \(snapshot.endpoint)", row: 0, column: column, limit: max(0, width - column - right.count - 2))
        let start = width - right.count
        guard start > column else { return }
        canvas.put(right, row: 0, column: start, style: isPaused ? CellStyle(.yellow, bold: true) : .dim)
    }

    static func timeOfDay(_ time: Timestamp) -> String {
        let seconds = time.milliseconds / 1000 % 86_400
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(
            separator: ":")
    }

    // MARK: Lists

    private func draw(_ pane: Pane, _ snapshot: TopSnapshot, rows: Range<Int>, _ canvas: inout Canvas) {
        guard let first = rows.first else { return }
        drawName(of: pane, row: first, &canvas)
        let place = places[pane.rawValue]
        let room = max(0, rows.count - 2)
        let (workers, tenants) = (sortedWorkers, sortedTenants)
        let (table, offset): (Table, Int)
        switch pane {
        // Widths come from all jobs that were sent, so that they change less often while one scrolls.
        case .jobs: (table, offset) = (snapshot.jobsTable, snapshot.page.offset)
        case .workers: (table, offset) = (snapshot.workersTable(workers), 0)
        case .tenants: (table, offset) = (snapshot.tenantsTable(tenants), 0)
        }
        let layout = table.layout(width: width)
        guard rows.count > 1 else { return }
        draw(table.columns.map(\.heading), table, layout, row: first + 1, { _ in .dim }, &canvas)
        if count(of: pane) == 0 {
            canvas.put("nothing here", row: first + 2, column: 0, style: .dim)
        }
        for line in 0..<room {
            let index = place.first + line
            guard table.rows.indices.contains(index - offset) else { continue }
            let row = first + 2 + line
            draw(
                table.rows[index - offset], table, layout, row: row,
                { column in
                    guard column == 1 || (pane == .workers && column == 2) else { return column == 0 ? .bold : .plain }
                    switch pane {
                    case .jobs: return TopSnapshot.style(of: snapshot.page.jobs[index - offset].state)
                    case .workers: return TopSnapshot.style(of: workers[index])
                    case .tenants: return .plain
                    }
                }, &canvas)
            if index == place.selected, pane == self.pane { canvas.restyle(row: row) { $0.isReverse = true } }
        }
    }

    private func draw(
        _ cells: [String], _ table: Table, _ layout: [(column: Int, width: Int)], row: Int, _ style: (Int) -> CellStyle,
        _ canvas: inout Canvas
    ) {
        var place = 0
        for (column, width) in layout {
            let text = cells[column].filled(to: width, flushRight: table.columns[column].isNumeric)
            canvas.put(text, row: row, column: place, style: style(column))
            place += width + Table.gap
        }
    }

    private func drawName(of pane: Pane, row: Int, _ canvas: inout Canvas) {
        let names: [(Pane, String)] =
            showsAll ? [(pane, name(of: pane))] : Pane.allCases.map { ($0, name(of: $0)) }
        var column = 0
        for (other, name) in names {
            let isActive = other == self.pane
            column = canvas.put(
                " \(name) ", row: row, column: column,
                style: CellStyle(bold: isActive, dim: !isActive, reverse: isActive))
            column += 1
        }
        let place = places[pane.rawValue]
        var note = "by \(orderName(of: pane))"
        if pane == .jobs, kind != .all { note = "\(kind.rawValue) only, \(note)" }
        if count(of: pane) > rows(of: pane) {
            note += "   \(Progress.grouped(place.selected + 1)) of \(Progress.grouped(count(of: pane)))"
        }
        canvas.put(note, row: row, column: max(column + 1, width - note.count), style: .dim)
    }

    private func name(of pane: Pane) -> String {
        let number = Progress.grouped(count(of: pane))
        switch pane {
        case .jobs: return "\(number) jobs"
        case .workers: return "\(number) workers"
        case .tenants: return "\(number) tenants"
        }
    }

    private func orderName(of pane: Pane) -> String {
        switch pane {
        case .jobs: order.rawValue
        case .workers: workerOrder.rawValue
        case .tenants: tenantOrder.rawValue
        }
    }

    // MARK: A job, help, foot

    private func drawJob(_ job: JobID, _ canvas: inout Canvas) {
        guard let lines = snapshot?.detail else {
            canvas.put("asking for \(job) …", row: 2, column: 0, style: .dim)
            return
        }
        for (line, text) in lines.dropFirst(firstLine).prefix(max(0, height - 2)).enumerated() {
            canvas.put(text, row: line + 1, column: 0, style: firstLine + line == 0 ? .bold : .plain)
        }
    }

    private static let help = [
        ("q, Ctrl-C", "leave"), ("Up Down, j k", "a line up or down; Page Up, Page Down, Home, End as usual"),
        ("Tab, 1 2 3", "another pane: jobs, workers, tenants"),
        ("Enter", "what `banquet show` says of the job; again, or Escape: back"),
        ("s", "another order"), ("f", "which jobs: all, waiting, running, ended"), ("p", "pause, and go on"),
        ("Ctrl-Z", "suspend"),
    ]

    private func drawHelp(_ canvas: inout Canvas) {
        for (row, line) in Self.help.enumerated() {
            canvas.put(line.0, row: row + 2, column: 2, style: .bold)
            canvas.put(line.1, row: row + 2, column: 18)
        }
        canvas.put("any key: back", row: Self.help.count + 3, column: 2, style: .dim)
    }

    private func drawFoot(_ canvas: inout Canvas) {
        let text =
            job != nil
            ? "q back   j k scroll"
            : "q leave   j k scroll   Tab pane   s order   f filter   p pause   Enter   ? help"
        canvas.put(text, row: height - 1, column: 0, style: .dim)
    }
}
