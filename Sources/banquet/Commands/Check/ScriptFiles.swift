import Foundation

/// The scripts that arguments name: files, and folders that stand for the scripts in them.
struct ScriptFiles {
    /// In the order of the arguments, each once; what can't be read is among them, for the check to report.
    private(set) var paths: [String] = []
    /// Folders without a script.
    private(set) var emptyFolders: [String] = []

    init(_ arguments: [String]) {
        var seen: Set<String> = []
        for argument in arguments {
            var isFolder: ObjCBool = false
            let found: [String]
            if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue {
                found = Self.scripts(in: argument)
                if found.isEmpty { emptyFolders.append(argument) }
            } else {
                found = [argument]
            }
            for path in found where seen.insert(URL(fileURLWithPath: path).resolvingSymlinksInPath().path).inserted {
                paths.append(path)
            }
        }
    }

    /// The scripts below a folder, by name, without those that others of them include: what another file includes is a part of
    /// that file, and often can't stand alone.
    private static func scripts(in argument: String) -> [String] {
        let folder = URL(fileURLWithPath: argument, isDirectory: true)
        let names = FileManager.default.enumerator(atPath: argument)?.compactMap { $0 as? String } ?? []
        let scripts = names.filter { $0.hasSuffix(".csp") || $0.hasSuffix(".cspm") }.sorted()
        let included = Set(scripts.flatMap { includes(of: folder.appendingPathComponent($0)) })
        return scripts.filter { !included.contains(folder.appendingPathComponent($0).standardizedFileURL.path) }
            .map { argument.hasSuffix("/") ? argument + $0 : "\(argument)/\($0)" }
    }

    /// The files that a script includes.
    private static func includes(of script: URL) -> [String] {
        let text = (try? String(contentsOf: script, encoding: .isoLatin1)) ?? ""
        return text.matches(of: /(?m)^\s*include\s+"([^"]+)"/).map {
            script.deletingLastPathComponent().appendingPathComponent(String($0.output.1)).standardizedFileURL.path
        }
    }
}
