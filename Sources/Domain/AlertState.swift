/// Where an alert is in its life.
package enum AlertState: String, Sendable, Codable, Hashable, CaseIterable {
    case open
    /// Somebody has seen it and cares; the problem lasts.
    case acknowledged
    /// Over: the problem ended, or somebody closed it.
    case resolved
}
