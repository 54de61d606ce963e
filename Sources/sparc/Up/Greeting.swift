import Domain
import Foundation
import Logging
import ServiceLifecycle
import Telemetry
import Transfer

/// Waits until the API answers, adds the demo's cameras and prints where to look.
struct Greeting: Service {
    let installation: Installation
    let demo: Demo?
    let gate: Gate

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await greet() }
        } catch is CancellationError {
            return
        } catch {
            // Recording does not need the greeting: what runs goes on.
            installation.logger.error(
                "the console is not ready; the lines above say why",
                metadata: [LogKey.reason: "\(error)"]
            )
        }
        try? await gracefulShutdown()
    }

    private func greet() async throws {
        try await gate.wait()
        let client = HTTPClient(policy: nil)
        defer { client.close() }
        let api = APIClient(base: installation.localURL, token: nil, client: client)
        try await api.waitUntilHealthy(attempts: 600)
        if let demo { try await addCameras(demo, api) }
        Self.say(text(demo))
    }

    private func addCameras(_ demo: Demo, _ anonymous: APIClient) async throws {
        let token = try await anonymous.logIn(
            email: DevelopmentLogin.email,
            password: DevelopmentLogin.password,
            tenant: DevelopmentLogin.tenant
        )
        try DataFolder.write(token + "\n", to: installation.folder.accessTokenFile)
        let api = APIClient(base: anonymous.base, token: token, client: anonymous.client)
        let known = Set(try await api.cameras().map(\.name))
        for camera in Demo.cameras where !known.contains(camera.name) {
            _ = try await api.addCamera(
                name: camera.name,
                url: "rtsp://127.0.0.1:\(demo.port)\(camera.path)"
            )
        }
    }

    private func text(_ demo: Demo?) -> String {
        var lines = ["", "  SPARC is running.", "", "    Console   \(installation.localURL)/"]
        if demo != nil {
            lines += [
                "    Login     \(DevelopmentLogin.email) / \(DevelopmentLogin.password), tenant "
                    + DevelopmentLogin.tenant
            ]
        }
        lines += [
            "    API       \(installation.localURL)/api/v1/openapi.yaml",
            "    Data      \(installation.folder.path)", "", "  Ctrl-C ends it.", "",
        ]
        return lines.joined(separator: "\n")
    }

    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
