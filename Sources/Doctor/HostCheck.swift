import CPlatform
import Foundation
import Glibc

/// Clock, limits, kernel, devices and user.
struct HostCheck {
    let roles: Set<HostRole>

    func findings() -> [Finding] {
        var findings = clock + openFiles
        if roles.contains(.worker) { findings += processes + devices + user }
        return findings + kernel
    }

    // MARK: Clock

    private var clock: [Finding] {
        let year = Calendar(identifier: .gregorian).component(.year, from: Date())
        guard (2024...2100).contains(year) else {
            return [
                Finding(
                    "clock", .fault, "the clock says that it is the year \(year)",
                    advice: "set it: workers' incarnations are times, and one that is far ahead is refused")
            ]
        }
        switch banquet_clock_is_synchronized() {
        case 1: return [Finding("clock", .ok, "kept right by the network")]
        case 0:
            return [
                Finding(
                    "clock", .warning, "nothing keeps the clock right",
                    advice:
                        "run chrony or systemd-timesyncd; leases need durations alone, but an agent whose clock is set back is refused"
                )
            ]
        default: return [Finding("clock", .note, "whether something keeps the clock right is not known")]
        }
    }

    // MARK: Limits

    private var openFiles: [Finding] {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return [] }
        // Services raise the soft bound themselves.
        let hard = UInt64(limit.rlim_max)
        guard roles.contains(.coordinator) else {
            return [
                hard < 1024
                    ? Finding("limits", .warning, "\(hard) open files", advice: "allow 1024 (LimitNOFILE=, ulimit -Hn)")
                    : Finding("limits", .ok, "\(Self.amount(hard)) open files")
            ]
        }
        switch hard {
        case ..<512:
            return [
                Finding(
                    "limits", .fault, "\(hard) open files: too few for a coordinator",
                    advice: "allow 65536 (LimitNOFILE=, ulimit -Hn)")
            ]
        case ..<4096:
            return [
                Finding(
                    "limits", .warning, "\(hard) open files: about \(hard - 128) connections at one time",
                    advice: "allow 65536 (LimitNOFILE=, ulimit -Hn)")
            ]
        default: return [Finding("limits", .ok, "\(Self.amount(hard)) open files")]
        }
    }

    private var processes: [Finding] {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit) == 0 else { return [] }
        let bound = UInt64(limit.rlim_cur)
        switch bound {
        case ..<64:
            return [
                Finding(
                    "limits", .fault, "\(bound) processes: too few for jobs",
                    advice: "allow 4096 (LimitNPROC=, TasksMax=, ulimit -u)")
            ]
        case ..<1024:
            return [
                Finding(
                    "limits", .warning, "\(bound) processes, of all that this user runs",
                    advice: "allow 4096 (LimitNPROC=, TasksMax=, ulimit -u)")
            ]
        default: return [Finding("limits", .ok, "\(Self.amount(bound)) processes")]
        }
    }

    private static func amount(_ number: UInt64) -> String { number > 1 << 60 ? "any number of" : "\(number)" }

    // MARK: Devices, user, kernel

    private var devices: [Finding] {
        func names(_ folder: String, _ pattern: Regex<Substring>) -> [String] {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return all.filter { $0.wholeMatch(of: pattern) != nil }.sorted().map { "\(folder)/\($0)" }
        }
        let found = names("/dev", /nvidia[0-9]+/) + names("/dev/dri", /renderD[0-9]+/)
        guard !found.isEmpty else { return [Finding("devices", .note, "no GPU that this host shows")] }
        return found.map { path in
            access(path, R_OK | W_OK) == 0
                ? Finding("devices", .ok, path)
                : Finding(
                    "devices", .warning, "\(path) can't be opened by this user",
                    advice: "add the user to the device's group (video, render)")
        }
    }

    private var user: [Finding] {
        guard geteuid() == 0 else { return [Finding("user", .ok, "jobs run as \(NSUserName())")] }
        return [
            Finding(
                "user", .warning, "a worker that root runs runs jobs as root", advice: "`banquet worker --user NAME`")
        ]
    }

    private var kernel: [Finding] {
        var names = utsname()
        guard uname(&names) == 0 else { return [] }
        let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        // pidfd_open came with 5.3.
        guard numbers.count == 2, (numbers[0], numbers[1]) >= (5, 3) else {
            return [
                Finding(
                    "libraries", .fault, "Linux \(release): a worker needs 5.3 or newer", advice: "use a newer kernel")
            ]
        }
        return [Finding("libraries", .ok, "Linux \(release)")]
    }
}
