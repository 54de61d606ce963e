import Domain
import Foundation
import Logging
import ServiceLifecycle
import Settings
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
        let lines = installation.settings.environment == .development ? [] : await setupLines()
        Self.say(text(demo, setup: lines))
    }

    /// The one-time link while nobody has set up; made by a process of its own, like everything
    /// that talks to the database.
    private func setupLines() async -> [String] {
        do {
            guard let link = try await installation.setupLink() else { return [] }
            return [
                "", "    Nobody has set this up yet. Make the organisation and its owner with this",
                "    link. It works once and for 24 hours; from another machine put this one's",
                "    name in place of 127.0.0.1:", "", "    Set up    \(link)",
            ]
        } catch {
            return ["", "    No link to set up could be made: \(error)"]
        }
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

    private func text(_ demo: Demo?, setup: [String]) -> String {
        var lines = ["", "  SPARC is running.", "", "    Console   \(installation.localURL)/"]
        if demo != nil {
            lines += [
                "    Login     \(DevelopmentLogin.email) / \(DevelopmentLogin.password), tenant "
                    + DevelopmentLogin.tenant
            ]
        }
        lines += [
            "    API       \(installation.localURL)/api/v1/openapi.yaml",
            "    Data      \(installation.folder.path)",
        ]
        lines += setup
        lines += ["", "  Ctrl-C ends it.", ""]
        return lines.joined(separator: "\n")
    }

    private static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
