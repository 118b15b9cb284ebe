/// What a value is matched against.
public final class Pattern {
    /// Dense within the tree, from 0, in a numbering of its own: `SyntaxTree.patterns[id]` is this node.
    public let id: Int
    public let range: SourceRange
    public let kind: Kind

    init(id: Int, range: SourceRange, kind: Kind) {
        self.id = id
        self.range = range
        self.kind = kind
    }

    public enum Kind {
        /// `_`
        case wildcard
        /// May be negative.
        case integer(Int)
        case boolean(Bool)
        case character(Unicode.Scalar)
        case string(String)
        /// A constructor or a channel if its symbol's kind says so, and matches only that; otherwise it binds its symbol.
        case name(Name)
        /// At least two.
        case tuple([Pattern])
        case sequence([Pattern])
        /// `p ^ q`, at least two parts, none of them a concatenation; at most one has no fixed length.
        case concatenation([Pattern])
        /// `{}` and `{p}`.
        case set([Pattern])
        /// `p.q.r`, at least two parts, none of them dotted itself.
        case dotted([Pattern])
        /// `p @@ q`: both match.
        case both(Pattern, Pattern)
    }
}
