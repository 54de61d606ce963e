package import Domain

/// What `TimeSanitizer` has to say, in order.
///
/// A run is `runStarted`, then units of which the first is a key picture, then `runEnded`.
/// `runEnded` comes as soon as it is known, so that what is buffered can be written; runs never
/// overlap and no unit is outside one.
package enum TimeOutput: Hashable, Sendable {
    case runStarted(RunStart)
    case unit(TimedUnit)
    /// The wall time behind the last picture of the run.
    case runEnded(WallTime)
    case warning(TimeWarning)
}
