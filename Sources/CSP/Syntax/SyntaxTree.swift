/// A script, read: the main file and all that it includes.
public final class SyntaxTree {
    public let sources: SourceMap
    /// The declarations of all files, in the order in which they are read.
    public private(set) var scope: Scope
    /// By id; every expression of the tree, copies for module instances included.
    public internal(set) var expressions: [Expression]
    /// By id.
    public internal(set) var patterns: [Pattern]
    /// By id, builtins included; the naming phase fills it in.
    public internal(set) var symbols: [Symbol] = []
    /// What the file's declarations bind, for expressions that are typed at a prompt.
    var environment: Environment?
    var modules: [Int: ModuleEntry] = [:]

    init(sources: SourceMap, scope: Scope, expressions: [Expression], patterns: [Pattern]) {
        self.sources = sources
        self.scope = scope
        self.expressions = expressions
        self.patterns = patterns
    }

    deinit {
        // A node is nested as deeply as its text, and is released as deeply.
        guard expressions.count > Self.shallow else { return }
        LargeStack.run(bytes: Self.releasingStackBytes) {
            // Operands have smaller ids than what they are part of. Released from the last to the first, few own another.
            while expressions.popLast() != nil {}
            while patterns.popLast() != nil {}
            symbols = []
            environment = nil
            modules = [:]
            scope = Scope([])
        }
    }

    /// So many expressions can't be nested too deeply for any stack.
    private static let shallow = 1000
    private static let releasingStackBytes = 512 << 20
}
