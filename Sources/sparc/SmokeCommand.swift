import ArgumentParser
import Foundation
import Transfer

/// `sparc smoke`: walks the main path once, as a viewer would.
struct SmokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smoke",
        abstract: "Check health, login, cameras and live video of a running installation."
    )

    @OptionGroup var session: APISession

    func run() async throws {
        try await session.run { api in
            try await api.waitUntilHealthy(attempts: 50)
            print("ok  health")
            _ = try await api.bytes(.get, "/api/v1/me")
            print("ok  login")
            let cameras = try await api.cameras()
            print("ok  \(cameras.count) cameras")
            for camera in cameras {
                let playlist = String(
                    decoding: try await api.bytes(.get, "/hls/\(camera.id)/live.m3u8"),
                    as: UTF8.self
                )
                guard let segment = Self.lastSegment(playlist) else {
                    throw APIClient.Failure(
                        description: "\(camera.name) is \(camera.state): its live playlist ends "
                            + "without video"
                    )
                }
                let media = try await api.bytes(.get, String(segment))
                guard media.firstRange(of: Array("moof".utf8)) != nil else {
                    throw APIClient.Failure(
                        description: "\(camera.name): the newest segment is no video"
                    )
                }
                print("ok  live video of \(camera.name)")
            }
        }
    }

    /// The newest entry of a media playlist; nil when that is a gap, as for a silent camera.
    static func lastSegment(_ playlist: String) -> Substring? {
        let lines = playlist.split(whereSeparator: \.isNewline)
        guard let last = lines.lastIndex(where: { !$0.hasPrefix("#") }) else { return nil }
        let tags = lines[..<last].reversed().prefix { $0.hasPrefix("#") }
        return tags.contains("#EXT-X-GAP") ? nil : lines[last]
    }
}
