import CameraSimulator
import Domain
import Foundation

/// A farm on a free port for the length of a test.
enum TestFarm {
    static let fixtures =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures").path

    static func clip(_ name: String) -> String {
        fixtures + "/" + name
    }

    /// One camera with the demo's H.264 clip unless told otherwise.
    static func configuration(
        count: Int = 1,
        clips: [String] = ["demo.h264"],
        authentication: FarmAuthentication = .none,
        credentials: CameraCredentials? = nil
    ) -> FarmConfiguration {
        FarmConfiguration(
            count: count,
            clips: clips.map(clip),
            spareClips: [clip("small.h264")],
            authentication: authentication,
            credentials: credentials
        )
    }

    static func with<Result>(
        _ configuration: FarmConfiguration = configuration(),
        _ body: (CameraFarm, Int) async throws -> Result
    ) async throws -> Result {
        let farm = try CameraFarm(configuration: configuration)
        let port = try await farm.start()
        async let ended: Void = farm.run()
        do {
            let result = try await body(farm, port)
            farm.stop()
            try await ended
            return result
        } catch {
            farm.stop()
            try await ended
            throw error
        }
    }
}
