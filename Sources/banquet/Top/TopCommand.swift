import ArgumentParser
import Coordination
import Display
import Foundation

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch the cluster: slots, queue, workers, jobs and tenants, live.",
        discussion: """
            Keys: q leaves, j and k or the arrows scroll, Tab goes to the next pane, s changes the order, f which jobs are listed, p pauses, \
            Enter shows a job, ? helps. A key that may only look is enough; a tenant's shows that tenant's part. While the coordinator is away \
            the last picture stays, with a line that says so.
            """)

    @Flag(help: "Print one picture and end: for pipes.") var once = false
    @Option(help: ArgumentHelp("Seconds between two pictures.", valueName: "seconds")) var interval: Double = 1
    @OptionGroup var connection: ConnectionOptions
    @Option(help: "How --once prints: text, or json (one document).") var format: OutputFormat = .text

    /// Jobs that `--once` lists.
    private static let jobsListed = 100

    func validate() throws {
        guard interval >= 0.1, interval <= 3600 else {
            throw ValidationError("--interval must be from 0.1 to 3600 seconds")
        }
        if format == .json, !once { throw ValidationError("--format json is for --once") }
    }

    private struct Document: Encodable {
        let overview: ClusterOverview
        let status: ClusterStatus?
        let workers: [WorkerSummary]
        let jobs: JobPage
    }

    func run() throws {
        guard once else {
            guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
                ProcessInfo.processInfo.environment["TERM"] ?? "dumb" != "dumb"
            else {
                throw CommandFailure(
                    message: "banquet: top needs a terminal that can place its cursor; --once prints one picture")
            }
            // Who can't be reached at the start is a mistake, more often than not: it is said where it stays to be read.
            _ = try CoordinatorClient(connection)
            var screen = try TopScreen(connection, interval: interval)
            return try screen.run()
        }
        var source = TopSource(connection)
        let snapshot = try source.snapshot(
            TopView.Request(filter: JobFilter(), order: .active, offset: 0, limit: Self.jobsListed))
        switch format {
        case .json:
            let document = Document(
                overview: snapshot.overview, status: snapshot.status, workers: snapshot.workers, jobs: snapshot.page)
            Terminal.write(try JSON.line(document) + "\n")
        case .text: Terminal.write(snapshot.text(width: Terminal.columns(of: STDOUT_FILENO)) + "\n")
        }
    }
}
