#if canImport(Glibc)
    import Glibc
#endif

/// The memory that this process has in use.
public enum ResidentMemory {
    /// Bytes; 0 where the system does not say.
    public static func bytes() -> Int {
        #if canImport(Glibc)
            let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return 0 }
            defer { close(file) }
            // Pages: the program's size, then what of it is resident.
            var text = [UInt8](repeating: 0, count: 64)
            let count = read(file, &text, text.count)
            guard count > 0 else { return 0 }
            let fields = text[..<count].split(separator: UInt8(ascii: " "))
            guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return 0 }
            return pages * Int(getpagesize())
        #else
            return 0
        #endif
    }
}
