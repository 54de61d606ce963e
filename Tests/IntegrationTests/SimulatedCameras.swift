import Foundation
import Processes
import Sockets
import Synchronization
import TestSupport

/// A camera farm beside an installation, so that the cameras live on when all of it is killed.
final class SimulatedCameras: Sendable {
    private let child: ChildProcess
    let port: Int

    /// Starts the three cameras of the demo: GOP of 1 s, two H.264 and one H.265.
    init() async throws {
        guard let port = LoopbackPort.free() else {
            throw Recording.Failure(description: "no free port")
        }
        self.port = port
        let lines = Mutex<[String]>([])
        child = try ChildProcess(
            executable: SparcInstallation.executable,
            arguments: [
                "simulate", "cameras", "--demo", "--port", String(port), "--fixtures",
                SparcInstallation.fixtures,
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            output: { _ in },
            errorOutput: { line in lines.withLock { $0.append(line) } }
        )
    }

    /// Adds them to an installation.
    func add(to viewer: Viewer) async throws -> [Viewer.Camera] {
        var cameras: [Viewer.Camera] = []
        for number in 0..<3 {
            cameras.append(
                try await viewer.addCamera(
                    name: "Camera \(number)",
                    url: "rtsp://127.0.0.1:\(port)/cam\(number)"
                )
            )
        }
        return cameras
    }

    func stop() async {
        _ = await child.stop(grace: .seconds(5))
    }
}
