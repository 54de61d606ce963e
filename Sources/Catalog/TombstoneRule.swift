import Domain

/// By what the footage of one camera is past its retention, as read in the transaction that hides
/// it.
struct TombstoneRule: Sendable {
    let at: WallTime
    let days: Int
    let createdAt: WallTime
    /// Whether a hold or a restoration may keep anything of it.
    let mayBeHeld: Bool
}
