/// What no footage of the installation is kept longer than.
package struct RetentionBounds: Hashable, Sendable {
    /// Days of the longest rule that any camera has.
    package var longestDays: Int
    /// Whether a hold, the protection of restored footage or a rebuild of the index that is under
    /// way keeps footage beyond that.
    package var hasHolds: Bool
}
