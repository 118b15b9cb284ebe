import Coordination
import Foundation
import Glibc

/// Secrets that jobs name in their variables, kept in files on the workers:
///
///     env: { TOKEN: "secret:hub" }      the content of DIR/TENANT/hub, on the worker where the unit runs
///
/// So a secret is in the job's process, and in no journal, message or log. A tenant reaches its own folder alone.
struct SecretFolder: Sendable {
    static let prefix = "secret:"
    static let largest = 64 << 10

    /// Nil where the worker has none.
    let path: String?

    /// The environment with every `secret:NAME` in its place.
    /// - Throws: `Launch.Impossible`, which names the variable and never a value.
    func resolve(_ environment: [String: String], of tenant: String) throws -> [String: String] {
        guard environment.values.contains(where: { $0.hasPrefix(Self.prefix) }) else { return environment }
        return try environment.reduce(into: [:]) { result, variable in
            guard variable.value.hasPrefix(Self.prefix) else { return result[variable.key] = variable.value }
            let name = String(variable.value.dropFirst(Self.prefix.count))
            result[variable.key] = try read(name, of: tenant, for: variable.key)
        }
    }

    private func read(_ name: String, of tenant: String, for variable: String) throws -> String {
        func impossible(_ reason: String) -> Launch.Impossible {
            Launch.Impossible(reason: "variable \(variable): \(reason)")
        }
        guard let path else { throw impossible("this worker has no folder of secrets (--secrets)") }
        // Both become a part of a path.
        guard Self.isName(tenant), Self.isName(name) else { throw impossible("'\(name)' can't be a secret's name") }
        let file = open("\(path)/\(tenant)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard file >= 0 else { throw impossible("tenant \(tenant) has no secret '\(name)' on this worker") }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size <= Self.largest
        else { throw impossible("the secret '\(name)' is not a file of at most \(Self.largest) bytes") }
        guard information.st_mode & 0o077 == 0 else {
            throw impossible("others than its owner can read the secret '\(name)': chmod 0600")
        }
        var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count == bytes.count, let text = String(validating: bytes, as: UTF8.self) else {
            throw impossible("the secret '\(name)' is not text")
        }
        // Editors end a file with a line's end, which is no part of the secret.
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_\-][A-Za-z0-9._\-]{0,63}/) != nil
    }
}
