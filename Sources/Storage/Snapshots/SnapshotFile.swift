import Coordination
import Glibc

/// `DIR/snapshot-N`: what the journal folds to up to entry N, so that the rows before can go. A file is
///
///     "BNQSNAP" 1 · N (8 bytes) · the checksum of the journal's row that ends with N (4) · that of all else here (4) · the state
///
/// and is written beside the old ones and renamed into place. The last two are kept: should the newest be unreadable, the one
/// before it and the rows since then give the same state.
enum SnapshotFile {
    private static let magic: [UInt8] = Array("BNQSNAP".utf8) + [1]
    private static let headerSize = 24
    static let kept = 2

    static func name(_ sequence: UInt64) -> String { "snapshot-\(sequence)" }

    /// The sequence numbers of the snapshots that are there, lowest first.
    static func sequences(in folder: String) throws -> [UInt64] {
        try Files.names(in: folder).compactMap { name -> UInt64? in
            guard name.hasPrefix("snapshot-") else { return nil }
            return UInt64(name.dropFirst("snapshot-".count))
        }.sorted()
    }

    static func write(_ snapshot: ClusterSnapshot, at tail: JournalTable.Tail, in folder: String) throws {
        let content = try PackedEncoder.encode(snapshot)
        var file = ByteWriter()
        file.reserve(content.count + headerSize)
        for byte in magic { file.byte(byte) }
        file.fixed64(tail.sequence)
        file.fixed32(tail.checksum)
        file.fixed32(Checksum.crc32c(content, seed: Checksum.crc32c(file.bytes)))
        let bytes = file.bytes + content
        try bytes.withUnsafeBytes { try Files.replace(name(tail.sequence), in: folder, with: $0) }
    }

    /// - Throws: `Unreadable`, or `StorageError.unusable`.
    static func read(
        _ sequence: UInt64, in folder: String
    ) throws -> (snapshot: ClusterSnapshot, tail: JournalTable.Tail) {
        let bytes = try Files.readWhole("\(folder)/\(name(sequence))")
        return try bytes.withUnsafeBytes { bytes in
            let tail = try header(bytes, expecting: sequence)
            let content = UnsafeRawBufferPointer(rebasing: bytes[headerSize...])
            let snapshot = try PackedDecoder.decode(ClusterSnapshot.self, from: content)
            guard snapshot.sequence == sequence else {
                throw Unreadable(reason: "it holds the state at entry \(snapshot.sequence)")
            }
            return (snapshot, tail)
        }
    }

    /// The place in the journal where a snapshot stands; throws as `read` does, but doesn't read the state.
    static func check(_ sequence: UInt64, in folder: String) throws -> JournalTable.Tail {
        let bytes = try Files.readWhole("\(folder)/\(name(sequence))")
        return try bytes.withUnsafeBytes { try header($0, expecting: sequence) }
    }

    private static func header(
        _ bytes: UnsafeRawBufferPointer, expecting sequence: UInt64
    ) throws(Unreadable) -> JournalTable.Tail {
        guard bytes.count >= headerSize, bytes.prefix(magic.count).elementsEqual(magic) else {
            throw Unreadable(reason: "it doesn't begin as a snapshot does")
        }
        var reader = ByteReader(bytes, from: magic.count, to: bytes.count)
        let tail = JournalTable.Tail(sequence: try reader.fixed64(), checksum: try reader.fixed32())
        let stored = try reader.fixed32()
        let before = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[..<(headerSize - 4)]))
        let content = UnsafeRawBufferPointer(rebasing: bytes[headerSize...])
        guard Checksum.crc32c(content, seed: before) == stored else {
            throw Unreadable(reason: "it is not as it was written (its checksum differs)")
        }
        guard tail.sequence == sequence else { throw Unreadable(reason: "it is of entry \(tail.sequence)") }
        return tail
    }

    /// Removes all but the newest, as many as are kept.
    /// - Returns: those that stay, lowest first.
    static func prune(in folder: String) throws -> [UInt64] {
        // What a coordinator left that was killed while it wrote one.
        for name in try Files.names(in: folder) where name.hasPrefix(".snapshot-") {
            try Files.remove("\(folder)/\(name)")
        }
        let all = try sequences(in: folder)
        for old in all.dropLast(kept) { try Files.remove("\(folder)/\(name(old))") }
        return Array(all.suffix(kept))
    }
}
