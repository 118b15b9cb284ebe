import Synchronization

/// Lets writes through until one fails. After that the disk can't be trusted to hold what follows in order, so every
/// later write is refused: the coordinator stops loudly instead of acknowledging what is not there.
final class WriteGate: Sendable {
    private let closedBecause = Mutex<String?>(nil)

    /// Runs `write`; a `writeFailed` that it throws closes the gate for good.
    func perform<Result>(_ write: () throws -> Result) throws -> Result {
        if let reason = closedBecause.withLock({ $0 }) { throw StorageError.writesRefused(because: reason) }
        do {
            return try write()
        } catch let error as StorageError {
            if case .writeFailed = error { close(because: error.description) }
            throw error
        }
    }

    func close(because reason: String) {
        closedBecause.withLock { $0 = $0 ?? reason }
    }
}
