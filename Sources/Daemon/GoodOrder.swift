import Coordination

extension CoordinatorMessage {
    /// Nobody is the sooner done for it.
    var isForGoodOrder: Bool {
        switch self {
        case .settle, .renew: true
        default: false
        }
    }
}
