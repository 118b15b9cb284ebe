import Access
import Foundation
import Messaging

/// Whether the keys are there, are their owner's alone, and are known.
struct KeyCheck {
    let keys: KeyFolder?
    let isCoordinator: Bool

    func findings() -> [Finding] {
        guard let keys else {
            return [Finding("keys", .warning, "without keys: whoever reaches the endpoint may do everything")]
        }
        var findings: [Finding] = []
        var list: AllowList?
        if isCoordinator {
            do {
                _ = try keys.clusterKey()
                let entries = try keys.allowList()
                list = entries
                let allowed = entries.entries.count { $0.state == .allowed }
                findings.append(
                    Finding("keys", .ok, "the cluster's key, and \(allowed) on the allow list, in \(keys.path)"))
            } catch {
                findings.append(Finding("keys", .fault, "\(error)"))
            }
        }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: keys.path)) ?? []).sorted()
        let files = names.filter { $0.hasSuffix(".key") && $0 != "cluster.key" }
        if files.isEmpty, !isCoordinator {
            findings.append(
                Finding(
                    "keys", .fault, "there is no key in \(keys.path)",
                    advice: "`banquet keys add` on the coordinator's host makes one; copy it here, mode 0600"))
        }
        for name in files { findings.append(finding("\(keys.path)/\(name)", list)) }
        return findings
    }

    private func finding(_ path: String, _ list: AllowList?) -> Finding {
        do {
            let file = try KeyFile(reading: path)
            if let list, list[file.keys.publicKey] != file.principal {
                return Finding(
                    "keys", .warning, "\(path) is not on the allow list: it was revoked, or belongs to another cluster",
                    advice: "remove it, or make a new one by `banquet keys add`")
            }
            return Finding("keys", .ok, "\(file.principal): \(path)")
        } catch {
            return Finding("keys", .fault, "\(error)")
        }
    }
}
