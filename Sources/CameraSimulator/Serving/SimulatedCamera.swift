import Domain

/// One camera of the farm: its clock, its clip, and the faults that last.
struct SimulatedCamera: Sendable {
    let number: Int
    let clock: PictureClock
    var cursor: ClipCursor
    /// Faults for sessions yet to come.
    var lasting: Set<CameraFault> = []

    /// Keeps what lasts; what happens once is for the sessions there are.
    mutating func keep(_ fault: CameraFault) {
        switch fault {
        case .stall, .unauthorized, .staleNonce, .slowDescription, .endlessHeader, .redirect,
            .freeze, .refuse:
            lasting.insert(fault)
        case .loss:
            lasting = lasting.filter { if case .loss = $0 { false } else { true } }
            lasting.insert(fault)
        case .keyInterval:
            lasting = lasting.filter { if case .keyInterval = $0 { false } else { true } }
            lasting.insert(fault)
        case .resume: lasting = []
        case .drop, .reset, .timestampJump, .timestampOutlier, .clip, .garbage: break
        }
    }
}
