/// The rule of retention that a scope has of its own.
package struct OwnRetention: Hashable, Sendable {
    /// Nil where the next wider scope's count.
    package var days: Int?
}
