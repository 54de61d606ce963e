/// What an operator should read about a camera's time stamps.
package enum TimeWarning: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Too many jumps in a short time: pictures are dated by their arrival until stamps settle.
    case stampsUnusable
    /// The stamps have been consistent for a while and are used again.
    case stampsUsableAgain
    /// The audio's time stamps do not run at the rate that the camera announced.
    case audioRateWrong

    package var description: String {
        switch self {
        case .stampsUnusable:
            "the camera's time stamps jump; pictures are timed by their arrival"
        case .stampsUsableAgain:
            "the camera's time stamps are steady again"
        case .audioRateWrong:
            "the camera's audio clock does not run at the rate it announces; parts of the "
                + "audio are dropped to keep it with the picture"
        }
    }
}
