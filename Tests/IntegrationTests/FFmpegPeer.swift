import Foundation
import Processes
import TestSupport
import Testing

/// ffmpeg as a strict player: any error, even one that it would hide, fails.
enum FFmpegPeer {
    /// - Parameter seconds: Of a live list; nil plays a list to its end.
    static func decodes(_ viewer: Viewer, path: String, seconds: Int?) async throws {
        var arguments = [
            "-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", "-err_detect", "explode",
            "-headers", "Authorization: Bearer \(viewer.token)\r\n",
            "-allowed_extensions", "ALL", "-protocol_whitelist", "http,tcp,crypto,file",
            "-i", viewer.base + path,
        ]
        if let seconds { arguments += ["-t", String(seconds)] }
        let result = try await ShellCommand.run(
            "/usr/bin/ffmpeg",
            arguments + ["-f", "null", "-"]
        )
        #expect(result.status.isSuccess, "\(path): \(result.status)")
        #expect(result.errors.isEmpty, "\(path): \(result.errors.prefix(2_000))")
    }
}
