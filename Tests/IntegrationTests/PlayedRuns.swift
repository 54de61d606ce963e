import Domain
import Foundation
import Processes
import TestSupport
import Testing

/// Decodes what a playlist served, run by run, with ffmpeg as a strict player.
enum PlayedRuns {
    /// Joins the segments of each initialization to one file and decodes it: any error, even one
    /// that a player would hide, fails.
    /// - Parameter folder: Made and removed.
    static func decode(_ played: [PlayedSegment], viewer: Viewer, folder: String) async throws {
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        var bytes: [UInt8] = []
        var map: String?
        for segment in played where !segment.entry.isGap {
            let name = "\(segment.entry.map ?? "") \(String(describing: segment.entry.mapRange))"
            if name != map || segment.entry.isDiscontinuity {
                try await decode(bytes, folder: folder)
                map = name
                bytes = try await viewer.fetch(segment.entry.map ?? "", segment.entry.mapRange)
            }
            bytes += segment.bytes
        }
        try await decode(bytes, folder: folder)
        try FileManager.default.removeItem(atPath: folder)
    }

    private static func decode(_ bytes: [UInt8], folder: String) async throws {
        guard !bytes.isEmpty else { return }
        let file = folder + "/run.mp4"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let result = try await ShellCommand.run(
            "/usr/bin/ffmpeg",
            [
                "-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-err_detect",
                "explode", "-i", file, "-f", "null", "-",
            ]
        )
        #expect(
            result.status.isSuccess && result.errors.isEmpty,
            "a run of \(bytes.count) bytes: \(result.status) \(result.errors.prefix(1_000))"
        )
    }
}
