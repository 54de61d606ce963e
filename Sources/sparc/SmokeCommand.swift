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
                guard let segment = playlist.split(separator: "\n").last(where: { $0.first == "/" })
                else {
                    throw APIClient.Failure(
                        description: "\(camera.name): the live playlist lists no segment"
                    )
                }
                let media = try await api.bytes(.get, String(segment))
                guard !media.isEmpty else {
                    throw APIClient.Failure(description: "\(camera.name): an empty segment")
                }
                print("ok  live video of \(camera.name)")
            }
        }
    }
}
