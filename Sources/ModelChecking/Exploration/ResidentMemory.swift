#if canImport(Glibc)
    import Glibc
#endif

/// The memory that this process has in use.
public enum ResidentMemory {
    /// Bytes; 0 where the system does not say.
    public static func bytes() -> Int {
        #if canImport(Glibc)
            // Pages: the program's size, then what of it is resident.
            guard let text = SystemFile.text("/proc/self/statm") else { return 0 }
            let fields = text.split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
            return pages * Int(getpagesize())
        #else
            return 0
        #endif
    }
}

/// The memory that there is for this process.
public enum MachineMemory {
    /// Bytes of the machine, or of the control group that the process is in if that is less; nil where the system does not say.
    public static let bytes: Int? = {
        #if canImport(Glibc)
            let pages = sysconf(Int32(_SC_PHYS_PAGES))
            let physical = pages > 0 ? pages * Int(getpagesize()) : nil
            let groups = SystemFile.text("/proc/self/cgroup").map(limits(ofGroups:)) ?? []
            return (groups + [physical].compactMap { $0 }).min()
        #else
            return nil
        #endif
    }()

    #if canImport(Glibc)
        /// The limits of the groups that `/proc/self/cgroup` names, and of those around them.
        private static func limits(ofGroups text: String) -> [Int] {
            text.split(separator: "\n").flatMap { line -> [Int] in
                // hierarchy:controllers:path
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3 else { return [] }
                let isUnified = fields[0] == "0" && fields[1].isEmpty
                guard isUnified || fields[1].split(separator: ",").contains("memory") else { return [] }
                let (root, file) =
                    isUnified ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
                let parts = fields[2].split(separator: "/")
                return (0...parts.count).compactMap { count in
                    let folder = ([root] + parts[..<count].map(String.init)).joined(separator: "/")
                    return SystemFile.text("\(folder)/\(file)").flatMap { Int($0.prefix { $0.isNumber }) }
                }
            }
        }
    #endif
}

#if canImport(Glibc)
    /// Small files of the kernel's.
    private enum SystemFile {
        /// The first few thousand bytes; nil where the file can't be read.
        static func text(_ path: String) -> String? {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                let count = read(file, buffer.baseAddress, buffer.count)
                return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
            }
        }
    }
#endif
