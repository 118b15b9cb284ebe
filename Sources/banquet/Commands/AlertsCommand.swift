import ArgumentParser
import Coordination
import Display
import Foundation

struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "What an operator should look at: starvation, stuck gangs, heat, disk, a faulty journal.",
        discussion: """
            The coordinator looks for them where it serves a console; docs/console.md has the list. Exit code 1: one is open that nobody has \
            acknowledged.
            """,
        subcommands: [ListAlerts.self, AcknowledgeAlert.self], defaultSubcommand: ListAlerts.self)
}

struct ListAlerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List those that are open; with --all also those that are over.")

    @Flag(help: "Also those that are over, newest first.") var all = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        guard case .alerts(let alerts) = try CoordinatorClient(connection).ask(.alerts(acknowledging: nil)) else {
            throw CommandFailure.unexpectedReply
        }
        let shown = all ? alerts : alerts.filter { $0.cleared == nil }
        switch output.format {
        case .json: for alert in shown { print(try JSON.line(alert)) }
        case .text: print(shown.isEmpty ? (all ? "no alerts" : "no open alerts") : Alert.table(shown))
        }
        if alerts.contains(where: { $0.cleared == nil && $0.acknowledged == nil }) { throw ExitCode(1) }
    }
}

struct AcknowledgeAlert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Say that somebody has taken note of an alert; an operator's key is needed.")

    @Argument(help: "The alert's number, as `banquet alerts` shows it.") var alert: UInt64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func validate() throws { if alert == 0 { throw ValidationError("alerts are counted from 1") } }

    func run() throws {
        guard case .alerts(let alerts) = try CoordinatorClient(connection).ask(.alerts(acknowledging: alert)),
            let acknowledged = alerts.first(where: { $0.id == Int(alert) })
        else { throw CommandFailure.unexpectedReply }
        switch output.format {
        case .json: print(try JSON.line(acknowledged))
        case .text: print("alert \(alert) acknowledged: \(acknowledged.message)")
        }
    }
}

extension Alert {
    fileprivate static func table(_ alerts: [Alert]) -> String {
        var table = Table([
            .init("ALERT", numeric: true, priority: 9), .init("SINCE", priority: 5), .init("KIND", priority: 6),
            .init("ABOUT", priority: 7), .init("UNTIL", priority: 3), .init("ACKNOWLEDGED", priority: 2),
            .init("WHAT", priority: 8, minimum: 20),
        ])
        func text(_ time: Timestamp?) -> String {
            time.map { Date(timeIntervalSince1970: Double($0.milliseconds / 1000)).formatted(.iso8601) } ?? ""
        }
        table.rows = alerts.map {
            [
                "\($0.id)", text($0.since), $0.kind.rawValue, $0.subject, text($0.cleared), text($0.acknowledged),
                $0.message,
            ]
        }
        return table.rendered()
    }
}
