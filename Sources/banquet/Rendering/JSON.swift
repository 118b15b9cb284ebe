import Storage

/// What the command line prints as JSON: one document a line.
enum JSON {
    static func line(_ value: some Encodable) throws -> String { try JSONLine.text(value) }
}
