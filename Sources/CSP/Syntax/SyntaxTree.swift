/// A script, read: the main file and all that it includes.
public final class SyntaxTree {
    public let sources: SourceMap
    /// The declarations of all files, in the order in which they are read.
    public let scope: Scope
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
        // Operands have smaller ids than what they are part of. Released from the last to the first, no node is the last
        // owner of another, so a deep tree does not recurse through `deinit`.
        while expressions.popLast() != nil {}
        while patterns.popLast() != nil {}
    }
}
