package import Domain

/// What became of a login whose password was right.
package enum SessionOpening: Hashable, Sendable {
    /// - Parameters:
    ///   - ended: Those that ended by it.
    ///   - enrolsOnly: Whether the person must have a second factor and has none: the login is good
    ///     for enrolling alone.
    case opened(ended: [SessionID], enrolsOnly: Bool)
    /// Password, role or state were changed meanwhile.
    case stale
    /// The code was used already, or the person's second factor is another one by now.
    case refused
}
