import CameraSimulator
import Domain
import Foundation
import Processes
import TestSupport
import Testing
import Transfer

/// Cameras that go away, on a real installation: somebody hears of each once, and of its return.
@Suite(.serialized) struct AlertTests {
    /// What the product promises, from the last picture to the receiver.
    private static let promise = 15.0
    /// From a restart to the return of the cameras: longer than a problem has to last.
    private static let pause = Duration.seconds(10)
    /// From a restart to the last look: after a start nothing is concluded from silence for 20 s.
    private static let lastLook = Duration.seconds(24)

    @Test func `cameras that go away are told of once within 15 s, and so is their return`()
        async throws
    {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "8",
                "CAMERA_NETWORKS": "127.0.0.0/8", "WEBHOOK_NETWORKS": "127.0.0.0/8",
            ]
        )
        let receiver = try await WebhookReceiver()
        let farm = try CameraFarm(
            configuration: FarmConfiguration(
                count: 3,
                clips: [SparcInstallation.fixtures + "/demo.h264"]
            )
        )
        let port = try await farm.start()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await farm.run() }
                defer { farm.stop() }
                try await installation.start()
                let viewer = try await Viewer.logIn(installation)
                var cameras: [String] = []
                for number in 0..<3 {
                    let url = "rtsp://127.0.0.1:\(port)/cam\(number)"
                    cameras.append(
                        try await viewer.addCamera(name: "Gate \(number)", url: url).id
                    )
                }
                try await receiver.subscribe(viewer)
                try await Recording.waitUntilAllLive(viewer, count: 3)
                // Two cameras go: one says nothing more, one is killed. The third stays.
                let gone = Array(cameras.prefix(2))
                let alerts = try await leave(viewer, receiver, farm, gone)
                try await restart(installation)
                let restarted = ContinuousClock.now
                try await Task.sleep(for: Self.pause)
                #expect(receiver.received.count == 2, "\(receiver.received)")
                #expect(try await unresolved(viewer) == alerts)
                try await comeBack(viewer, receiver, farm, alerts)
                try await Task.sleep(until: restarted + Self.lastLook, clock: .continuous)
                #expect(receiver.received.count == 4, "\(receiver.received)")
            }
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        await receiver.stop()
    }

    /// - Returns: The alerts.
    private func leave(
        _ viewer: Viewer,
        _ receiver: WebhookReceiver,
        _ farm: CameraFarm,
        _ cameras: [String]
    ) async throws -> Set<String> {
        let left = Date().timeIntervalSince1970
        try await farm.apply(.stall, camera: 0)
        try await farm.apply(.refuse, camera: 1)
        try await farm.apply(.drop, camera: 1)
        let opened = try await receiver.wait(.seconds(25)) { $0.count >= 2 }
        print("alerts at the receiver after \(opened.map { $0.at - left }) s")
        #expect(opened.allSatisfy { $0.at - left < Self.promise && $0.isGenuine })
        #expect(opened.map(\.message.type) == ["alert.opened", "alert.opened"])
        #expect(opened.allSatisfy { $0.message.data.kind == "camera_down" })
        #expect(Set(opened.compactMap(\.message.data.cameraID)) == Set(cameras))
        let alerts = Set(opened.compactMap(\.message.data.alertID))
        #expect(alerts.count == 2)
        #expect(try await unresolved(viewer) == alerts)
        return alerts
    }

    /// A power cut of everything: no camera is told of that records, and none twice.
    private func restart(_ installation: SparcInstallation) async throws {
        await installation.killAll()
        for process in ProcessTable.all(mentioning: installation.folder) {
            kill(process.id, SIGKILL)
        }
        try await installation.start()
    }

    private func comeBack(
        _ viewer: Viewer,
        _ receiver: WebhookReceiver,
        _ farm: CameraFarm,
        _ alerts: Set<String>
    ) async throws {
        for camera in 0..<2 { try await farm.apply(.resume, camera: camera) }
        let all = try await receiver.wait(.seconds(60)) { $0.count >= 4 }
        #expect(all.suffix(2).map(\.message.type) == ["alert.resolved", "alert.resolved"])
        #expect(Set(all.suffix(2).compactMap(\.message.data.alertID)) == alerts)
        #expect(all.allSatisfy { $0.isGenuine })
        #expect(all.count == 4 && Set(all.map(\.id)).count == 4)
        #expect(try await unresolved(viewer).isEmpty)
    }

    private func unresolved(_ viewer: Viewer) async throws -> Set<String> {
        let answer = try await viewer.send(.get, "/api/v1/alerts?state=unresolved")
        #expect(answer.status == 200)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let items = object?["items"] as? [[String: Any]] ?? []
        return Set(items.compactMap { $0["id"] as? String })
    }
}
