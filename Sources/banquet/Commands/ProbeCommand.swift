import Agent
import ArgumentParser
import Foundation

/// The far end of a worker's `--link SITE=measure:HOST:PORT`.
struct Probe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Send bytes to workers that measure their link to this site (`banquet worker --link SITE=measure:HOST:PORT`).",
        discussion: "Run it where the data lies. It serves one at a time, until it is stopped.")

    @Option(help: "The IPv4 address to listen at.") var address = "127.0.0.1"
    @Option(help: "The port (default: a free one, which is printed).") var port: UInt16 = 0

    func run() throws {
        do {
            try LinkProbe.serve(address, port: port) { Terminal.write("probe: listening on \(address):\($0)\n") }
        } catch { throw CommandFailure(message: "banquet: \(error)") }
    }
}
