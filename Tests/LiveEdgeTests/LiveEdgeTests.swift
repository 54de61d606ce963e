import CoreMetrics
import Domain
import Foundation
import Hummingbird
import HummingbirdTesting
import Keys
import Logging
import NIOCore
import Playlist
import Spool
import Synchronization
import Telemetry
import Testing

@testable import LiveEdge

@Suite struct LiveEdgeTests {
    private let fixture: SpoolFixture
    private let bearer: HTTPFields = [.authorization: "Bearer \(SpoolFixture.token)"]

    init() throws {
        fixture = try SpoolFixture()
    }

    private func test(
        _ edge: LiveEdge,
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await Application(router: edge.router()).test(.router, body)
    }

    private var playlistPath: String {
        "/edge/live/\(fixture.camera)/main.m3u8"
    }

    private func text(_ response: TestResponse) -> String {
        String(buffer: response.body)
    }

    @Test func `everything a live playlist lists can be fetched, byte for byte`() async throws {
        let edge = fixture.edge()
        let run = RunID()
        try edge.streams.append(fixture.record(1, run: run, mediaStart: 0, segments: 3))
        try edge.streams.append(fixture.record(2, run: run, mediaStart: 12, segments: 3))
        let (fixture, path, bearer) = (fixture, playlistPath, bearer)
        try await test(edge) { client in
            let playlist = try await client.execute(uri: path, method: .get, headers: bearer)
            #expect(playlist.status == .ok)
            #expect(playlist.headers[.contentType] == "application/vnd.apple.mpegurl")
            #expect(playlist.headers[.cacheControl] == "no-store")
            let lines = String(buffer: playlist.body).split(separator: "\n").map(String.init)
            #expect(PlaylistRules.check(String(buffer: playlist.body)).isEmpty)
            let media = lines.filter { $0.hasPrefix("/media/") }
            #expect(media.count == 6)
            for (index, uri) in media.enumerated() {
                let response = try await client.execute(uri: uri, method: .get)
                #expect(response.status == .ok)
                #expect(response.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(response.headers[.contentType] == "video/mp4")
                let expected = SpoolFixture.bytes(Int64(index / 3 + 1), index % 3)
                #expect(Array(response.body.readableBytesView) == expected)
                let head = try await client.execute(uri: uri, method: .head)
                #expect(head.status == .ok)
            }
            let map = try #require(lines.first { $0.hasPrefix("#EXT-X-MAP:URI=\"") })
            #expect(lines.count { $0.hasPrefix("#EXT-X-MAP") } == 1)
            let initialization = try await client.execute(
                uri: String(map.dropFirst(16).dropLast()),
                method: .get
            )
            #expect(Array(initialization.body.readableBytesView) == SpoolFixture.initialization)
            let byChunk = LiveMediaPath.chunkInitialization(fixture.identity(1), run).text
            let other = try await client.execute(
                uri: fixture.signer.signed(byChunk, expires: fixture.clock.wall),
                method: .get
            )
            #expect(Array(other.body.readableBytesView) == SpoolFixture.initialization)
        }
    }

    @Test func `without a right there is no answer but a refusal`() async throws {
        let edge = fixture.edge()
        let run = RunID()
        try edge.streams.append(fixture.record(1, run: run, mediaStart: 0, segments: 2))
        let (fixture, path, bearer) = (fixture, playlistPath, bearer)
        let segment = LiveMediaPath.segment(fixture.identity(1), run, index: 0).text
        let later = fixture.clock.wall.adding(milliseconds: 1)
        let signed = fixture.signer.signed(segment, expires: later)
        let spool = "/edge/spool/\(fixture.camera)/main?from=2026-01-31T08:00:00Z"
        let table: [(String, HTTPFields, HTTPResponse.Status)] = [
            (path, [:], .unauthorized), (path, [.authorization: "Bearer x"], .unauthorized),
            (path, [.authorization: SpoolFixture.token], .unauthorized),
            (spool + "&to=2026-01-31T10:00:00Z", [:], .unauthorized),
            (spool, bearer, .badRequest), (spool + "&to=now", bearer, .badRequest),
            (spool + "&to=2026-01-31T08:00:00Z", bearer, .badRequest),
            (spool + "&to=2026-02-31T08:00:00Z", bearer, .badRequest),
            (spool + "&to=2026-02-28T08:00:00Z", bearer, .badRequest),
            ("/edge/live/\(CameraID())/main.m3u8", bearer, .notFound),
            ("/edge/live/\(fixture.camera)/sub.m3u8", bearer, .notFound),
            ("/edge/live/\(fixture.camera)/main.txt", bearer, .notFound),
            ("/edge/live/nobody/main.m3u8", bearer, .notFound),
            (segment, [:], .forbidden), (segment, bearer, .forbidden),
            (signed + "0", [:], .forbidden),
            (signed.replacingOccurrences(of: "/0.m4s", with: "/1.m4s"), [:], .forbidden),
            (signed.replacingOccurrences(of: "/main/", with: "/./main/"), [:], .notFound),
            (signed.replacingOccurrences(of: "/main/", with: "/%6dain/"), [:], .forbidden),
            (signed, [:], .ok),
        ]
        try await test(edge) { client in
            for (uri, headers, status) in table {
                let response = try await client.execute(uri: uri, method: .get, headers: headers)
                #expect(response.status == status, "\(uri)")
                if status != .ok { #expect(response.headers[.contentType] != "video/mp4") }
            }
            for method in [HTTPRequest.Method.post, .put, .delete] {
                let response = try await client.execute(uri: signed, method: method)
                #expect(response.status != .ok)
            }
            // What was signed but is not there.
            for missing in [
                LiveMediaPath.segment(fixture.identity(1), run, index: 9).text,
                LiveMediaPath.segment(fixture.identity(1), RunID(), index: 0).text,
                LiveMediaPath.segment(fixture.identity(2), run, index: 0).text,
                "/media/spool/\(fixture.tenant)/\(fixture.camera)/main/1-9.mp4",
                "/media/spool/\(TenantID())/\(fixture.camera)/main/1-1.mp4",
                "/media/spool/\(fixture.tenant)/\(fixture.camera)/main/01-1.mp4",
            ] {
                let uri = fixture.signer.signed(missing, expires: later)
                let response = try await client.execute(uri: uri, method: .get)
                #expect(response.status == .notFound, "\(missing)")
                #expect(response.headers[.contentType] == "application/problem+json")
            }
            fixture.clock.advance(600_000)
            let expired = try await client.execute(uri: signed, method: .get)
            #expect(expired.status == .forbidden)
        }
    }

    @Test func `health, readiness and metrics are open and name no camera`() async throws {
        let unregistered = LiveEdge(
            index: fixture.index,
            token: SpoolFixture.token,
            clock: fixture.clock.edgeClock,
            metrics: fixture.metrics,
            logger: .init(label: "edge")
        )
        try await test(unregistered) { client in
            let alive = try await client.execute(uri: "/health", method: .get)
            #expect(alive.status == .ok)
            #expect(String(buffer: alive.body) == #"{"status":"ok"}"#)
            let ready = try await client.execute(uri: "/health/ready", method: .get)
            #expect(ready.status == .serviceUnavailable)
            #expect(ready.headers[.retryAfter] == "1")
        }
        let edge = fixture.edge()
        try edge.streams.append(
            fixture.record(1, run: RunID(), mediaStart: 0, segments: 3)
        )
        fixture.metrics.makeCounter(label: MetricName.shipperChunks, dimensions: [])
            .increment(by: 7)
        let camera = fixture.camera
        try await test(edge) { client in
            let ready = try await client.execute(uri: "/health/ready", method: .get)
            #expect(ready.status == .ok)
            let metrics = try await client.execute(uri: "/metrics", method: .get)
            #expect(metrics.status == .ok)
            #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(buffer: metrics.body)
            #expect(text.contains("\nsparc_shipper_chunks_total 7\n"))
            #expect(!text.contains("\(camera)") && !text.contains(SpoolFixture.token))
            let head = try await client.execute(uri: "/metrics", method: .head)
            #expect(head.status == .ok)
        }
    }

    @Test func `before the worker is registered nothing is signed or served`() async throws {
        let edge = LiveEdge(
            index: fixture.index,
            token: SpoolFixture.token,
            clock: fixture.clock.edgeClock,
            metrics: fixture.metrics,
            logger: .init(label: "edge")
        )
        let (path, bearer) = (playlistPath, bearer)
        try await test(edge) { client in
            for uri in [path, "/media/spool/a/b/main/1-1.mp4?k=m1"] {
                let response = try await client.execute(uri: uri, method: .get, headers: bearer)
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
            }
        }
    }

    @Test func `a spool chunk is served in ranges while it grows`() async throws {
        let edge = fixture.edge()
        let run = RunID()
        try fixture.record(1, run: RunID(), mediaStart: 0, segments: 2, end: .ended)
        let closed = try fixture.record(2, run: run, mediaStart: 0, segments: 3, end: nil)
        #expect(closed.count == 2)
        let whole =
            SpoolFixture.initialization + SpoolFixture.bytes(1, 0) + SpoolFixture.bytes(1, 1)
        let growing = 40 + SpoolFixture.bytes(2, 0).count + SpoolFixture.bytes(2, 1).count
        let fixture = fixture
        func uri(_ sequence: Int64) -> String {
            fixture.signer.signed(
                "/media/spool/\(fixture.tenant)/\(fixture.camera)/main/1-\(sequence).mp4",
                expires: fixture.clock.wall.adding(milliseconds: 1)
            )
        }
        let (open, done) = (uri(2), uri(1))
        try await test(edge) { client in
            let all = try await client.execute(uri: done, method: .get)
            #expect(Array(all.body.readableBytesView) == whole)
            #expect(all.headers[.acceptRanges] == "bytes")
            let part = try await client.execute(
                uri: done,
                method: .get,
                headers: [.range: "bytes=40-59"]
            )
            #expect(part.status == .partialContent)
            #expect(part.headers[.contentRange] == "bytes 40-59/\(whole.count)")
            #expect(Array(part.body.readableBytesView) == Array(whole[40..<60]))
            let beyond = try await client.execute(
                uri: done,
                method: .get,
                headers: [.range: "bytes=\(whole.count)-"]
            )
            #expect(beyond.status == .rangeNotSatisfiable)
            #expect(beyond.headers[.contentRange] == "bytes */\(whole.count)")
            let live = try await client.execute(uri: open, method: .get)
            #expect(live.body.readableBytes == growing)
            #expect(live.headers[.cacheControl] == "no-store")
            let first = try await client.execute(
                uri: open,
                method: .get,
                headers: [.range: "bytes=0-39"]
            )
            #expect(first.headers[.contentRange] == "bytes 0-39/*")
            #expect(first.headers[.cacheControl]?.contains("immutable") == true)
        }
    }

    @Test func `holdings tell chunks and the gap that is open`() async throws {
        let edge = fixture.edge()
        try edge.streams.append(fixture.record(1, run: RunID(), mediaStart: 0, segments: 3))
        let now = fixture.clock.wall
        edge.streams.setOpenGap(
            Gap(start: now, end: now, reason: .cameraOffline),
            fixture.camera,
            .main
        )
        fixture.clock.advance(5_000)
        let (fixture, bearer) = (fixture, bearer)
        let uri = "/edge/spool/\(fixture.camera)/main?from=2026-01-31T09:00:02Z&to="
        try await test(edge) { client in
            let response = try await client.execute(
                uri: uri + "2026-01-31T12:00:00%2B01:00",
                method: .get,
                headers: bearer
            )
            #expect(response.status == .ok)
            let data = Data(response.body.readableBytesView)
            let holdings = try JSONDecoder().decode(SpoolHoldings.self, from: data)
            #expect(holdings.chunks.map(\.segments.count) == [3])
            #expect(holdings.gaps.map(\.reason) == [.cameraOffline])
            #expect(holdings.gaps.first?.end == fixture.clock.wall)
            let text = try ArchivePlaylist.render(
                chunks: holdings.chunks,
                gaps: holdings.gaps,
                from: WallTime(seconds: 1_769_850_000),
                to: fixture.clock.wall,
                now: fixture.clock.wall,
                media: { "/media/spool/\($0.identity.sequence).mp4" }
            )
            #expect(PlaylistRules.check(text).isEmpty)
        }
    }

    @Test func `a restart goes on with higher numbers and the last minute`() async throws {
        let run = RunID()
        let first = fixture.edge()
        for sequence in 1...8 {
            try first.streams.append(
                fixture.record(
                    Int64(sequence),
                    run: run,
                    mediaStart: Double(sequence) * 20,
                    segments: 5
                )
            )
        }
        let (fixture, bearer, path) = (fixture, bearer, playlistPath)
        var last = ""
        for _ in 0..<3 {
            let index = SpoolIndex(root: fixture.root)
            #expect(try index.recover().isEmpty)
            let edge = fixture.edge(index)
            fixture.clock.advance(3_000)
            try edge.streams.restore(index)
            let old = last
            let text = Box("")
            try await test(edge) { client in
                let response = try await client.execute(uri: path, method: .get, headers: bearer)
                text.value = String(buffer: response.body)
            }
            last = text.value
            #expect(PlaylistRules.check(last).isEmpty)
            #expect(last.split(separator: "\n").count { $0.hasPrefix("#EXTINF:4") } >= 15)
            if !old.isEmpty { #expect(PlaylistRules.checkUpdate(from: old, to: last).isEmpty) }
            // Told again what it knows already.
            try edge.streams.append(index.refresh(fixture.identity(8)))
        }
        #expect(last.contains("#EXT-X-MEDIA-SEQUENCE:3000\n#EXT-X-DISCONTINUITY-SEQUENCE:3000\n"))
    }

    @Test func `numbers are reserved before they are used, over thousands of segments`() throws {
        let edge = fixture.edge()
        let closed = try fixture.record(
            1,
            run: RunID(),
            mediaStart: 0,
            segments: 2_500,
            length: 0.5
        )
        try edge.streams.append(closed)
        let text = try #require(
            edge.streams.playlist(fixture.camera, .main, fixture.signer)
        )
        #expect(PlaylistRules.check(text).isEmpty)
        let line = try #require(
            text.split(separator: "\n").first { $0.hasPrefix("#EXT-X-MEDIA-SEQUENCE:") }
        )
        let first = try #require(Int(line.dropFirst(22)))
        let listed = text.split(separator: "\n").count { $0.hasPrefix("#EXTINF") }
        #expect(first + listed == 2_500)
        let file = SpoolLayout(root: fixture.root).liveSequence(fixture.camera, .main)
        let reserved = try String(contentsOfFile: file, encoding: .utf8)
        #expect(reserved == "3000\n")
    }

    @Test func `a silent stream gets gaps and a removed one is gone`() throws {
        let edge = fixture.edge()
        try edge.streams.append(fixture.record(1, run: RunID(), mediaStart: 0, segments: 4))
        for _ in 0..<30 {
            fixture.clock.advance(1_000)
            edge.streams.tick()
        }
        let text = try #require(edge.streams.playlist(fixture.camera, .main, fixture.signer))
        #expect(PlaylistRules.check(text).isEmpty)
        #expect(text.split(separator: "\n").count { $0 == "#EXT-X-GAP" } == 4)
        edge.streams.remove(fixture.camera, .main)
        #expect(edge.streams.playlist(fixture.camera, .main, fixture.signer) == nil)
    }

    @Test func `the service listens on a free port and ends when it is cancelled`() async throws {
        let edge = fixture.edge()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await edge.run(host: "127.0.0.1", port: 0) { port in
                    continuation.yield(port)
                }
            }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            #expect(port > 0)
            try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
                let response = try await client.get(GapMedia.uri)
                #expect(response.status == .ok)
                #expect(response.body.map { Array($0.readableBytesView) } == GapMedia.bytes)
            }
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result { #expect(error is CancellationError) }
            }
        }
    }
}

/// A value that an escaping closure fills.
final class Box<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) {
        storage = Mutex(value)
    }

    var value: Value {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}
