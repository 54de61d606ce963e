/// A span of wall time of one stream whose pictures will never play, and why.
package struct Gap: Hashable, Sendable, Codable {
    package var start: WallTime
    package var end: WallTime
    package var reason: GapReason

    package init(start: WallTime, end: WallTime, reason: GapReason) {
        self.start = start
        self.end = end
        self.reason = reason
    }
}
