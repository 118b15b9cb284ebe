public import ArgumentParser
import Access
public import Coordination
import Foundation
import Lab

/// What the shell's Tab key offers where names are known only now: the cluster is asked, and where it doesn't answer soon, nothing is
/// offered.
enum Completions {
    /// A shell that waits is worse than one that knows no names. Seconds.
    private static let patience = "1"
    private static let namesAtMost: UInt32 = 200

    static let jobs = CompletionKind.custom { words, _, _ in
        ask(words) { client in
            guard case .page(let page) = try client.ask(.page(JobFilter(), .newest, offset: 0, limit: namesAtMost))
            else {
                return []
            }
            return page.jobs.map(\.id.description)
        }
    }

    static let workers = CompletionKind.custom { words, _, _ in
        ask(words) { client in
            guard case .workers(let workers) = try client.ask(.workers) else { return [] }
            return workers.map(\.name.description)
        }
    }

    /// Tenants whose jobs haven't ended, and those that have a key.
    static let tenants = CompletionKind.custom { words, _, _ in
        let known = ask(words) { client in
            guard case .overview(let overview) = try client.ask(.overview) else { return [] }
            return overview.tenants.map(\.name)
        }
        return Set(known + holders(words) { $0 == .tenant }.map(\.name)).sorted()
    }

    /// The names of the key files in the folder of keys.
    static let keyFiles = CompletionKind.custom { words, _, _ in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(words).path)) ?? []
        return names.filter { $0.hasSuffix(".key") && $0 != "cluster.key" }.map { String($0.dropLast(4)) }.sorted()
    }

    /// Whoever has a key of the role that was named before.
    static let keyHolders = CompletionKind.custom { words, _, _ in
        holders(words) { role in words.contains(role.rawValue) }.map(\.name)
    }

    static let policies = CompletionKind.list(Policies.all.map { type(of: $0).name })
    static let scenarios = CompletionKind.list(Scenario.all.map(\.name))
    static let exercises = CompletionKind.list(Exercise.all.map(\.name))
    static let scripts = CompletionKind.file(extensions: ["csp", "cspm"])
    static let yaml = CompletionKind.file(extensions: ["yaml", "yml"])

    // MARK: The shell's script

    /// bash takes a colon for the end of a word, and an endpoint has two. The script that ArgumentParser writes counts words, so it is
    /// given whole ones.
    static func script(_ text: String) -> String {
        text.replacingOccurrences(
            of: "complete -o filenames -F _banquet banquet",
            with: #"""
                _banquet_by_whole_words() {
                    local -a whole=()
                    local -i current=0 index
                    local rest=${COMP_LINE} blanks word
                    for ((index = 0; index < ${#COMP_WORDS[@]}; index++)); do
                        word=${COMP_WORDS[index]}
                        blanks=${rest%%[![:space:]]*}
                        rest=${rest#"${blanks}"}
                        rest=${rest#"${word}"}
                        if [[ ${#whole[@]} -gt 0 && -z "${blanks}" && ("${word}" = :* || "${whole[-1]}" = *:) ]]; then
                            whole[-1]+=${word}
                        else
                            whole+=("${word}")
                        fi
                        ((index != COMP_CWORD)) || current=$((${#whole[@]} - 1))
                    done
                    local -a COMP_WORDS=("${whole[@]}")
                    local -i COMP_CWORD=${current}
                    _banquet "${1}" "${whole[current]}" "${whole[current - 1]}"
                    # What stands before the last colon, bash leaves as it is.
                    if [[ "${whole[current]}" = *:* && "${COMP_WORDBREAKS}" = *:* ]]; then
                        COMPREPLY=("${COMPREPLY[@]#"${whole[current]%"${whole[current]##*:}"}"}")
                    fi
                }

                complete -o filenames -F _banquet_by_whole_words banquet
                """#)
    }

    // MARK: The words so far

    private static func ask(_ words: [String], _ body: (CoordinatorClient) throws -> [String]) -> [String] {
        guard let options = try? ConnectionOptions.parse(connection(words) + ["--timeout", patience]) else { return [] }
        return (try? body(CoordinatorClient(options))) ?? []
    }

    /// How the command that is being written connects.
    private static func connection(_ words: [String]) -> [String] {
        var found: [String] = []
        for (place, word) in words.enumerated() {
            let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
            if word == "--insecure" { found.append(word) }
            guard ["--coordinator", "--keys", "--key"].contains(name) else { continue }
            if name != word {
                found.append(unquoted(word))
            } else if place + 1 < words.count, !words[place + 1].hasPrefix("-"), !words[place + 1].isEmpty {
                found += [word, unquoted(words[place + 1])]
            }
        }
        return found
    }

    /// Words come as they were typed.
    private static func unquoted(_ word: String) -> String {
        word.filter { !"\"'\\".contains($0) }
    }

    private static func folder(_ words: [String]) -> KeyFolder {
        let words = connection(words)
        guard let place = words.firstIndex(of: "--keys"), place + 1 < words.count else { return .standard() }
        return KeyFolder(words[place + 1])
    }

    private static func holders(_ words: [String], _ isWanted: (Role) -> Bool) -> [Principal] {
        let entries = (try? folder(words).allowList())?.entries ?? []
        return entries.filter { $0.state == .allowed && isWanted($0.principal.role) }.map(\.principal)
    }
}

extension JobID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public static var defaultCompletionKind: CompletionKind { Completions.jobs }
}

extension WorkerName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public static var defaultCompletionKind: CompletionKind { Completions.workers }
}
