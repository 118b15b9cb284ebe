import Foundation
import Glibc
import Storage

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
        guard let space = DiskSpace(at: path) else { return [] }
        let hasFiles = space.filesFree.map { $0 >= 1000 } ?? true
        let text = "\(purpose) folder: \(Self.size(space.free)) free of \(Self.size(space.total)) at \(path)"
        if space.free < 256 << 20 || !hasFiles {
            return [
                Finding(
                    "disk", .fault, text + (hasFiles ? "" : ", and hardly a file more"),
                    advice: purpose == "state"
                        ? "make room: a coordinator whose disk is full stops" : "make room: jobs can't write there")
            ]
        }
        return space.free < 2 << 30 || space.free < space.total / 20
            ? [
                Finding(
                    "disk", .warning, text,
                    advice: purpose == "state"
                        ? "make room, or bound logs and ended jobs (`limits:`)" : "make room, or name another --work")
            ] : [Finding("disk", .ok, text)]
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
        let mebibytes = bytes >> 20
        guard mebibytes >= 1024 else { return "\(mebibytes) MiB" }
        return mebibytes >= 10240 ? "\(mebibytes >> 10) GiB" : "\(mebibytes >> 10).\(mebibytes % 1024 * 10 / 1024) GiB"
    }
}
