/// What a camera is doing, as judged: the worst of its streams.
package struct CameraCondition: Hashable, Sendable {
    package var state: CameraState
    package var reasons: [String]
    /// Why nothing is recorded now; nil while pictures are.
    package var gap: GapReason?

    package init(state: CameraState, reasons: [String] = [], gap: GapReason? = nil) {
        self.state = state
        self.reasons = reasons
        self.gap = gap
    }
}
