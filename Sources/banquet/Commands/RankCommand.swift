import ArgumentParser
import Foundation
import Training

/// What an agent starts for a unit of a builtin program; not for people.
struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "Run one rank of a builtin program, as an agent starts it.", shouldDisplay: false
    )

    @Argument(help: "The builtin: digits.") var builtin: String
    @Option(help: ArgumentHelp("A parameter; may be repeated.", valueName: "KEY=VALUE")) var parameter: [String] = []

    func run() throws {
        guard builtin == "digits" else {
            throw CommandFailure(message: "banquet: no builtin '\(builtin)' runs as a process")
        }
        do {
            let parameters = try JobOptions.pairs(parameter, flag: "--parameter")
            throw ExitCode(try DigitsRank.run(environment: ProcessInfo.processInfo.environment, parameters: parameters))
        } catch let error as TrainingError {
            throw CommandFailure(message: "rank: \(error)")
        }
    }
}
