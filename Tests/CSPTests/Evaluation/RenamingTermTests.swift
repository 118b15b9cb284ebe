import CSP
import Testing

@Suite("Renaming terms")
struct RenamingTermTests {
    @Test("Pairs mentioned twice count once, and no other pair is lost with them")
    func duplicates() throws {
        let store = ProcessStore()
        let (a, b) = (store.event("a"), store.event("b"))
        let process = store.prefix(a, store.stop)
        let once = store.rename(process, [(a, a), (b, a)])
        let twice = store.rename(process, [(b, a), (a, a), (b, a), (a, a)])
        #expect(once == twice)
        guard case .rename(_, let pairs) = twice.term else {
            Issue.record("no renaming")
            return
        }
        #expect(pairs.map(\.from) == [a, b] && pairs.map(\.to) == [a, a])
    }
}
