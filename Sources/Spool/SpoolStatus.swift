/// One look at a spool, for health, metrics and alerts.
package struct SpoolStatus: Hashable, Sendable {
    /// Bytes of all chunks.
    package var usedBytes: Int
    /// Bytes that only the spool has.
    package var heldBytes: Int
    /// The most that `heldBytes` can be before footage is lost.
    package var capacityBytes: Int
    /// Whether a warning stands: footage will be lost unless somebody acts.
    package var isFilling: Bool
    /// Until it is full at the present rate; nil while it does not fill.
    package var timeToFull: Duration?

    package init(
        usedBytes: Int,
        heldBytes: Int,
        capacityBytes: Int,
        isFilling: Bool,
        timeToFull: Duration?
    ) {
        self.usedBytes = usedBytes
        self.heldBytes = heldBytes
        self.capacityBytes = capacityBytes
        self.isFilling = isFilling
        self.timeToFull = timeToFull
    }
}
