internal import Foundation

/// Times and sizes as people write them, in files and flags alike.
public enum Quantity {
    /// `500ms`, `3s`, `1.5m`, `2h`, with or without a blank, in milliseconds; nil where `text` is no time.
    public static func milliseconds(_ text: String) -> Int? {
        let units = ["ms": 1.0, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let (number, unit) = parts(text), let factor = units[unit] else { return nil }
        let milliseconds = number * factor
        return milliseconds.isFinite && milliseconds < 1e15 ? Int(milliseconds) : nil
    }

    /// `4096`, `4kB`, `512MiB`, `10GB`, in bytes; nil where `text` is no size.
    public static func bytes(_ text: String) -> UInt64? {
        let units: [String: Double] = [
            "": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1024, "MiB": 1_048_576,
            "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
        ]
        guard let (number, unit) = parts(text), let factor = units[unit] else { return nil }
        let bytes = number * factor
        return bytes < 18_446_744_073_709_549_568 ? UInt64(bytes) : nil
    }

    private static func parts(_ text: String) -> (number: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number >= 0 else { return nil }
        return (number, text.dropFirst(digits.count).trimmingCharacters(in: .whitespaces))
    }
}
