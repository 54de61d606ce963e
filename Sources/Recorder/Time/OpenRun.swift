import Domain

/// The run that is being put out.
struct OpenRun: Sendable {
    /// A picture whose duration the next one tells.
    struct Held: Sendable {
        var unit: MediaUnit
        var decode: Int64
        var presentation: Int64
        var arrival: Int64
    }

    let start: WallTime
    /// Microseconds between our two clocks when it began.
    let wallOffset: Int64
    /// Presentation time of the first picture on the camera's timeline.
    let first: Int64
    /// What lies at zero of the run's timeline: `first` less the delay of reordering.
    let base: Int64
    var order: DecodeOrder
    var held: Held?
    /// The latest presentation time so far, on the camera's timeline.
    var latest: Int64
    /// Pictures were seen that need a deeper order.
    var depthNeeded: Int
    var isFirstOut = false
}
