package import Domain

/// A span of wall time.
package struct TimelineSpan: Hashable, Sendable, Codable {
    package var start: WallTime
    package var end: WallTime

    package init(start: WallTime, end: WallTime) {
        self.start = start
        self.end = end
    }
}
