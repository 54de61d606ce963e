import Domain
import Foundation
import Synchronization
import TestSupport
import Transfer

/// Reads live playlists once a second, as a player does, and keeps how far they were behind.
///
/// By the URLs that a player gets, which are good for hours: an access token ends in the middle of
/// a long outage, and no other can be had in it.
final class LiveWatch: Sendable {
    private let client: HTTPClient
    private let cameras: [Viewer.Camera]
    /// By camera.
    private let urls: [String: String]
    /// A worker that is read instead of the coordinator, as that would do it.
    struct Edge: Sendable {
        var address: String
        var token: String
    }

    private let edge: Edge?
    private let behind = Mutex(0.0)

    init(_ viewer: Viewer, _ cameras: [Viewer.Camera], edge: Edge?) async throws {
        client = viewer.client
        self.cameras = cameras
        self.edge = edge
        var urls: [String: String] = [:]
        for camera in cameras { urls[camera.id] = try await viewer.liveURL(camera.id) }
        self.urls = urls
    }

    /// Seconds from the end of what could be played to the moment when it was replaced.
    var mostBehind: Double { (behind.withLock { $0 } * 10).rounded() / 10 }

    /// Until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for camera in cameras { group.addTask { await self.watch(camera) } }
        }
    }

    private func watch(_ camera: Viewer.Camera) async {
        var end = Recording.now()
        while !Task.isCancelled {
            let playlist = try? await read(camera)
            if Task.isCancelled { return }
            let now = Recording.now()
            // Just before this answer the one before it was all there was.
            note(end, now)
            if let newest = playlist.flatMap(Self.end) {
                end = newest
                note(end, now)
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func note(_ end: WallTime, _ now: WallTime) {
        let seconds = Double(now.microseconds - end.microseconds) / 1e6
        behind.withLock { $0 = max($0, seconds) }
    }

    private func read(_ camera: Viewer.Camera) async throws -> String {
        let answer = try await client.send(
            HTTPRequest(
                .get,
                edge.map { $0.address + "/edge/live/\(camera.id)/main.m3u8" }
                    ?? urls[camera.id] ?? "",
                headers: edge.map { [("Authorization", "Bearer \($0.token)")] } ?? [],
                deadline: .seconds(5)
            )
        )
        guard answer.status == 200 else {
            throw Recording.Failure(description: "the playlist answers \(answer.status)")
        }
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// Wall time after the last segment of a playlist.
    private static func end(_ playlist: String) -> WallTime? {
        var end: WallTime?
        for entry in PlaylistEntry.all(in: playlist) {
            let start = entry.date ?? end
            end = start?.adding(milliseconds: Int64(entry.duration * 1_000))
        }
        return end
    }
}
