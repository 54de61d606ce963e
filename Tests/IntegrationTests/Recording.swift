import Domain
import Foundation
import Playlist
import TestSupport
import Testing

/// Checks of recordings that several suites make.
enum Recording {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func now() -> WallTime {
        WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    }

    /// Waits until that many cameras are live.
    static func waitUntilAllLive(
        _ viewer: Viewer,
        count: Int,
        within limit: Duration = .seconds(40)
    ) async throws {
        let deadline = ContinuousClock.now + limit
        var states: [String] = []
        while ContinuousClock.now < deadline {
            states = try await viewer.cameras().map(\.state)
            if states.filter({ $0 == "live" }).count >= count { return }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw Failure(description: "not live after \(limit): \(states)")
    }

    /// Plays the archive of a camera: the list keeps the rules, and every picture from the first to
    /// the last is there exactly once.
    @discardableResult
    static func auditArchive(
        _ viewer: Viewer,
        _ camera: Viewer.Camera,
        from: WallTime,
        to: WallTime? = nil,
        minimum: Int
    ) async throws -> StampAudit {
        let playlist = try await viewer.archivePlaylist(camera.id, from: from, to: to ?? now())
        let violations = PlaylistRules.check(playlist)
        #expect(violations.isEmpty, "\(violations)")
        let played = try await viewer.segments(of: playlist)
        let audit = StampAudit(played.flatMap(\.stamps))
        #expect(audit.isComplete, "archive of \(camera.name): \(audit)")
        #expect(audit.count >= minimum, "archive of \(camera.name): \(audit)")
        return audit
    }
}
