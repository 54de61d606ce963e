import Domain

/// A picture with its time on the camera's timeline: one that never jumps, over all runs of a
/// connection.
struct PlacedPicture: Sendable {
    /// How the stamps jumped in front of a picture.
    enum Jump: Sendable {
        /// Pictures came without a break; only the numbers jumped.
        case seamless
        /// Nothing came for longer than `TimeLimits.hole`.
        case hole
    }

    var unit: MediaUnit
    var arrival: Arrival
    /// Presentation time, ticks; zero is the first picture of the connection.
    var media: Int64
    var jump: Jump?
}
