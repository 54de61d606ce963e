import Domain
import TestSupport

/// Watches live playlists as players do, and measures from the last picture of a segment being sent
/// to the moment when the segment was listed and its bytes were here.
struct LiveWatch {
    /// Between two requests of one camera's list while its next segment is due.
    static let pause = Duration.milliseconds(10)
    /// Asking begins so long after the last picture of the next segment is due to be sent, in
    /// seconds. Earlier it cannot be there, because the segment ends with the picture after it;
    /// requests all the time would keep the machine busy and lengthen what they measure.
    static let leadSeconds = 0.03

    /// Seconds from the sending of a segment's last picture.
    struct Sample: Sendable {
        /// Until a playlist that lists the segment was here.
        var listed: Double
        /// Until its bytes were here too.
        var readable: Double
    }

    let viewer: Viewer

    /// Every segment that became readable before the deadline.
    func samples(_ cameras: [Viewer.Camera], for window: Duration) async throws -> [Sample] {
        let deadline = ContinuousClock.now + window
        return try await withThrowingTaskGroup(of: [Sample].self) { group in
            for camera in cameras {
                group.addTask { try await watch(camera, until: deadline) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func watch(
        _ camera: Viewer.Camera,
        until deadline: ContinuousClock.Instant
    ) async throws -> [Sample] {
        var found: [Sample] = []
        var last: PlaylistEntry?
        while ContinuousClock.now < deadline {
            let playlist = try await viewer.livePlaylist(camera.id)
            guard let newest = PlaylistEntry.all(in: playlist).last, newest != last else {
                try await Task.sleep(for: Self.pause)
                continue
            }
            // The first was there before anybody asked.
            let isFirst = last == nil
            let listed = WallTime.current
            last = newest
            guard !newest.isGap else { continue }
            let bytes = try await viewer.fetch(newest.uri, newest.range)
            let now = WallTime.current
            guard let stamp = PictureStamp.all(in: bytes).last else { continue }
            let sent = stamp.sentAt.seconds
            if !isFirst {
                found.append(Sample(listed: listed.seconds - sent, readable: now.seconds - sent))
            }
            let next = sent + newest.duration + Self.leadSeconds
            try await Task.sleep(for: .seconds(max(0, next - WallTime.current.seconds)))
        }
        return found
    }

    /// Waits until a segment with a picture sent after `start` can be read, and says when.
    func firstPicture(
        _ camera: Viewer.Camera,
        after start: WallTime,
        within limit: Duration
    ) async throws -> WallTime {
        let deadline = ContinuousClock.now + limit
        var seen: Set<PlaylistEntry> = []
        while ContinuousClock.now < deadline {
            let entries = (try? await viewer.livePlaylist(camera.id)).map(PlaylistEntry.all) ?? []
            for entry in entries where !entry.isGap && seen.insert(entry).inserted {
                let bytes = try await viewer.fetch(entry.uri, entry.range)
                let now = WallTime.current
                let isNew = PictureStamp.all(in: bytes).contains { $0.sentAt > start }
                if isNew { return now }
            }
            try await Task.sleep(for: Self.pause)
        }
        throw BenchFailure("no live picture of \(camera.name) within \(limit)")
    }
}
