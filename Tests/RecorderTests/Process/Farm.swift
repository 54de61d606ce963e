import CameraSimulator
import Domain

/// Runs a camera farm on loopback for the length of a test.
enum Farm {
    static func run(
        count: Int,
        clips: [String] = ["demo.h264"],
        authentication: FarmAuthentication = .none,
        credentials: CameraCredentials? = nil,
        _ body: @Sendable (CameraFarm, _ url: @Sendable (String) -> String) async throws -> Void
    ) async throws {
        let farm = try CameraFarm(
            configuration: FarmConfiguration(
                count: count,
                clips: clips.map { RecorderRun.fixtures + "/" + $0 },
                spareClips: [RecorderRun.fixtures + "/small.h264"],
                authentication: authentication,
                credentials: credentials
            )
        )
        let port = try await farm.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await farm.run() }
            defer { farm.stop() }
            try await body(farm) { "rtsp://127.0.0.1:\(port)/\($0)" }
        }
    }
}
