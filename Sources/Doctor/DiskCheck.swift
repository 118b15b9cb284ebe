import Foundation
import Glibc

/// Room on the disk of a folder, and how long it takes to make a write durable there.
struct DiskCheck {
    let folder: String
    /// `state` or `work`.
    let purpose: String

    /// What the journal's every commit waits for.
    private static let slowSync = Duration.milliseconds(20)
    private static let writes = 16

    func findings() -> [Finding] {
        // A folder that isn't there yet will be made in the nearest one that is.
        var place = URL(fileURLWithPath: folder).standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
        guard access(place.path, W_OK) == 0 else {
            return [
                Finding(
                    "disk", .fault, "the \(purpose) folder can't be written: \(place.path)",
                    advice: "give it to the user who runs the service")
            ]
        }
        return room(place.path) + (purpose == "state" ? sync(place.path) : [])
    }

    private func room(_ path: String) -> [Finding] {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return [] }
        let free = UInt64(information.f_bavail) * UInt64(information.f_frsize)
        let all = max(1, UInt64(information.f_blocks) * UInt64(information.f_frsize))
        let text = "\(purpose) folder: \(Self.size(free)) free of \(Self.size(all)) at \(path)"
        if free < 256 << 20 || (information.f_files > 0 && information.f_favail < 1000) {
            return [
                Finding(
                    "disk", .fault, text + (free < 256 << 20 ? "" : ", and no files left"),
                    advice: "make room: a coordinator whose disk is full stops")
            ]
        }
        return free < 2 << 30 || free < all / 20
            ? [Finding("disk", .warning, text, advice: "make room, or bound logs and ended jobs (`limits:`)")]
            : [Finding("disk", .ok, text)]
    }

    private func sync(_ path: String) -> [Finding] {
        let name = "\(path)/.banquet-doctor-\(getpid())"
        let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            return [Finding("disk", .fault, "no file can be made in \(path): \(String(cString: strerror(errno)))")]
        }
        defer {
            close(file)
            unlink(name)
        }
        let block = [UInt8](repeating: 0, count: 4096)
        var times: [Duration] = []
        for _ in 0..<Self.writes {
            let start = ContinuousClock.now
            guard write(file, block, block.count) == block.count, fsync(file) == 0 else {
                return [Finding("disk", .fault, "a write in \(path) fails: \(String(cString: strerror(errno)))")]
            }
            times.append(.now - start)
        }
        let median = times.sorted()[Self.writes / 2]
        let microseconds = Int(median / .microseconds(1))
        let text = "a write is durable within \(microseconds / 1000).\(microseconds % 1000 / 100) ms"
        return median > Self.slowSync
            ? [Finding("disk", .warning, text, advice: "every commit of the journal waits for that: use a local SSD")]
            : [Finding("disk", .ok, text)]
    }

    private static func size(_ bytes: UInt64) -> String {
        bytes >= 1 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
    }
}
