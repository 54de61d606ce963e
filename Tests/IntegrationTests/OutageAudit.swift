import Domain
import Playlist
import TestSupport
import Testing

/// What outages may have cost, and that nothing else is missing, torn or there twice.
struct OutageAudit {
    /// In their order.
    let outages: [Outage]
    let start: WallTime
    let end: WallTime
    /// By which a run is repeated.
    let seed: UInt64

    /// The recording reaches from before the first kill to after the last: a loss at its ends would
    /// not lie between two pictures.
    private func expectWholeSpan(_ stamps: [PictureStamp], _ camera: Viewer.Camera) {
        guard let first = stamps.first, let last = stamps.last, let kill = outages.last else {
            Issue.record("\(camera.name): \(stamps.count) pictures, \(outages.count) kills")
            return
        }
        #expect(first.sentAt <= start.adding(milliseconds: LossAudit.tolerance), "\(camera.name)")
        // The archive ends with the last closed segment, of 4 to 6 s.
        #expect(last.sentAt >= kill.back, "\(camera.name)")
        #expect(last.sentAt >= end.adding(milliseconds: -7_000), "\(camera.name)")
    }

    /// Plays the archive of every camera and compares.
    /// - Parameter folder: For what is decoded; made and removed.
    func run(_ viewer: Viewer, _ cameras: [Viewer.Camera], folder: String) async throws {
        var lost: [Double] = []
        for camera in cameras {
            let playlist = try await viewer.archivePlaylist(camera.id, from: start, to: end)
            #expect(PlaylistRules.check(playlist).isEmpty, "\(PlaylistRules.check(playlist))")
            let played = try await viewer.segments(of: playlist)
            let stamps = played.flatMap(\.stamps)
            let pictures = StampAudit(stamps)
            #expect(pictures.repeated.isEmpty && pictures.outOfOrder == 0, "\(pictures)")
            expectWholeSpan(stamps, camera)
            try await PlayedRuns.decode(
                played,
                viewer: viewer,
                folder: folder
            )
            let timeline = try await viewer.timeline(camera.id, from: start, to: end)
            let audit = LossAudit(stamps, outages, timeline)
            #expect(
                audit.violations.isEmpty,
                "seed \(seed), \(camera.name): \(audit.violations.prefix(6))"
            )
            for loss in audit.losses {
                lost.append(loss.seconds)
                guard let outage = loss.outage else { continue }
                // GOP of 1 s and what had not been on the disk.
                #expect(
                    loss.seconds <= outage.down + 1 + 2,
                    "seed \(seed), \(camera.name): \(outage), lost \(loss.seconds) s"
                )
            }
        }
        lost.sort()
        if let most = lost.last {
            print(
                "outages: \(lost.count) losses, median \(LossAudit.rounded(lost[lost.count / 2])) s, "
                    + "max \(LossAudit.rounded(most)) s"
            )
        }
    }
}
