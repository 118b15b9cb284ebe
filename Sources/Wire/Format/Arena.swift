internal import CProtobufC
internal import Glibc

/// Memory for one message on its way through protobuf-c: everything in it goes at once, however the way ended. Its budget
/// bounds what a small frame can grow to when it is unpacked (an empty message inside a list takes two bytes on the wire
/// and a hundred here).
final class Arena {
    private var next: UnsafeMutableRawPointer
    private var left: Int
    private var budget: Int
    private var blocks: [UnsafeMutableRawPointer] = []
    /// An allocation failed because the budget was spent.
    private(set) var isExhausted = false

    private static let blockSize = 16 << 10
    private static let alignment = 16

    /// - Parameter first: memory to begin with, such as the stack's; outlives the arena, and does not count.
    init(first: UnsafeMutableRawBufferPointer, budget: Int) {
        next = first.baseAddress!
        left = first.count
        self.budget = budget
    }

    deinit { for block in blocks { free(block) } }

    /// - Returns: nil when the budget, or the machine's memory, is spent.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= budget else {
            isExhausted = true
            return nil
        }
        let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
        budget -= rounded
        if rounded > left {
            let blockSize = max(rounded, Self.blockSize)
            guard let block = malloc(blockSize) else { return nil }
            blocks.append(block)
            // A large allocation has a block of its own, and the one begun before is used on.
            if rounded > Self.blockSize / 2 { return block }
            next = block
            left = blockSize
        }
        defer {
            next += rounded
            left -= rounded
        }
        return next
    }

    /// Runs `body` with protobuf-c's view of this arena.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = ProtobufCAllocator(
            alloc: { arena, size in Unmanaged<Arena>.fromOpaque(arena!).takeUnretainedValue().allocate(size) },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        return withUnsafeMutablePointer(to: &allocator) { allocator in withExtendedLifetime(self) { body(allocator) } }
    }
}

/// An arena that begins on the stack, for the time of `body`.
func withArena<Result>(budget: Int, _ body: (Arena) throws(WireError) -> Result) throws(WireError) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { first throws(WireError) in
        try body(Arena(first: first, budget: budget))
    }
}
