/// What of a stream only the spool has, and how long that goes well.
package struct SpoolBacklog: Hashable, Sendable, Codable {
    /// Wall time of the oldest picture that is not registered; nil if all are.
    package var oldestUnshippedAt: WallTime?
    /// When the spool will be full at the rate of the last minutes; nil while it does not fill.
    package var fullAt: WallTime?
    /// Whether the spool is so full that footage will be lost.
    package var isFilling: Bool

    package init(
        oldestUnshippedAt: WallTime? = nil,
        fullAt: WallTime? = nil,
        isFilling: Bool = false
    ) {
        self.oldestUnshippedAt = oldestUnshippedAt
        self.fullAt = fullAt
        self.isFilling = isFilling
    }
}
