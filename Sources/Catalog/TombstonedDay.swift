package import Domain

/// What one act of step 2 hid: of one camera, of one day.
package struct TombstonedDay: Hashable, Sendable {
    package var hidden: RetentionCount
    /// Where the next act begins to look; nil: nothing more is due.
    package var end: WallTime?
}
