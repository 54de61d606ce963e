/// What a camera is doing, as judged: the worst of its streams.
package struct CameraCondition: Hashable, Sendable {
    package var state: CameraState
    package var reasons: [String]
    /// Why nothing is recorded now; nil while pictures are.
    package var gap: GapReason?
    /// Whether its worker's spool is so full that footage will be lost.
    package var isSpoolFilling: Bool
    /// Whether recorded footage was given up in the last minutes.
    package var isLosing: Bool

    package init(
        state: CameraState,
        reasons: [String] = [],
        gap: GapReason? = nil,
        isSpoolFilling: Bool = false,
        isLosing: Bool = false
    ) {
        self.state = state
        self.reasons = reasons
        self.gap = gap
        self.isSpoolFilling = isSpoolFilling
        self.isLosing = isLosing
    }
}
