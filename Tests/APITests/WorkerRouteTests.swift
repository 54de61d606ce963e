import API
import Catalog
import Domain
import Foundation
import Testing

/// A worker's whole conversation with the coordinator.
struct WorkerRouteTests {
    private static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    @Test func `a worker registers, gets its streams, reports, and registers chunks`() async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let worker = WorkerID()
        let base = "/internal/v1/workers"
        try await bed.run { api in
            let unknown = try await api.worker("GET", "\(base)/\(worker)/assignments")
            #expect(unknown.status == 404)
            let welcome = try await api.worker(
                "POST",
                base,
                try Self.encode(
                    WorkerRegistration(
                        worker: worker,
                        name: "w",
                        edge: "http://127.0.0.1:9",
                        highestEpoch: 3
                    )
                )
            )
            #expect(welcome.status == 200, "\(welcome.text)")
            #expect(welcome.string("mediaKey").count == 64)
            let camera = try await api.addCamera(member)
            // Other tests' workers may have got it: here it must be this one.
            let epoch = try await bed.catalog.grant(worker, member.tenant, camera, .main)
            #expect(epoch > 3)
            let list = try await api.worker("GET", "\(base)/\(worker)/assignments")
            let decoded = try JSONDecoder().decode(
                WorkerAssignments.self,
                from: Data(list.bytes)
            )
            let mine = try #require(decoded.streams.first { $0.camera == camera })
            #expect(mine.credentials == CameraCredentials(user: "u", password: "canary-pw"))
            #expect(mine.url == "rtsp://10.1.2.3/s")
            #expect(mine.epoch == epoch)
            try await report(api, worker, member, camera)
            let health = try await api.get("/api/v1/cameras/\(camera)/health", member)
            #expect(health.string("state") == "live")
            #expect(health.string("frame_rate") == "20")
            #expect(health.string("bit_rate") == "2000000")
            #expect(health.string("backlog_bytes") == "4096")
            #expect(health.string("oldest_unshipped_at") == "2026-01-31T09:30:00.000Z")
            #expect(health.string("spool_full_at") == "2026-02-01T09:30:00.000Z")
            #expect(health.text.contains(#""spool_filling":true"#))
            #expect(
                try await api.get("/api/v1/cameras/\(camera)", member).string("state") == "live"
            )
        }
    }

    @Test func `an unchanged list is not sent again`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member)
            let footage = try await Footage(bed, member, camera)
            let uri = "/internal/v1/workers/\(footage.worker)/assignments"
            let first = try await api.worker("GET", uri)
            #expect(first.status == 200)
            let tag = try #require(first.header("etag"))
            func again(_ tag: String) async throws -> APIClient.Answer {
                try await api.send(
                    "GET",
                    uri,
                    token: TestBed.workerToken,
                    headers: [("If-None-Match", tag)]
                )
            }
            let second = try await again(tag)
            #expect(second.status == 304)
            #expect(second.bytes.isEmpty)
            #expect(try await again("\"1\"").status == 200)
            // A new epoch is new work.
            let epoch = try await bed.catalog.grant(footage.worker, member.tenant, camera, .main)
            let third = try await again(tag)
            #expect(third.status == 200)
            #expect(third.text.contains("\"epoch\":\(epoch)"))
            #expect(third.header("etag") != tag)
        }
    }

    private func report(
        _ api: APIClient,
        _ worker: WorkerID,
        _ member: Member,
        _ camera: CameraID
    ) async throws {
        let now = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let liveness = WorkerLiveness(streams: [
            StreamLiveness(
                tenant: member.tenant,
                status: StreamStatus(
                    camera: camera,
                    stream: .main,
                    state: .live,
                    since: now,
                    reasons: [],
                    gap: nil
                ),
                statistics: StreamStatistics(
                    camera: camera,
                    stream: .main,
                    frameRate: 20,
                    bitRate: 2_000_000,
                    lastKeyframeAt: now,
                    reconnects: 0,
                    packetsLost: 0
                ),
                openGap: nil,
                backlogBytes: 4_096,
                backlog: SpoolBacklog(
                    oldestUnshippedAt: WallTime(rfc3339: "2026-01-31T09:30:00Z"),
                    fullAt: WallTime(rfc3339: "2026-02-01T09:30:00Z"),
                    isFilling: true
                )
            )
        ])
        let answer = try await api.worker(
            "POST",
            "/internal/v1/workers/\(worker)/liveness",
            try Self.encode(liveness)
        )
        #expect(answer.status == 204, "\(answer.text)")
    }

    @Test func `chunks of a foreign epoch are refused, of the own one registered`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member)
            let footage = try await Footage(bed, member, camera)
            let start = WallTime(seconds: bed.services.now().microseconds / 1_000_000 - 300)
            let good = try await footage.offer(footage.chunk(1, start: start, run: RunID()))
            var bad = good
            bad.sealed.chunk.identity.epoch += 7
            let uri = "/internal/v1/workers/\(footage.worker)/chunks"
            let body = try Self.encode(ChunkOffers(offers: [good, bad]))
            for _ in 0..<2 {
                let answer = try await api.worker("POST", uri, body)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.string("verdicts", "0") == "registered")
                #expect(answer.string("verdicts", "1") == "refused")
            }
            for body in [#"{"offers":[]}"#, #"{"offers":7}"#, "{}", "x"] {
                let answer = try await api.worker("POST", uri, body)
                #expect(answer.status == 400, "\(body)")
                #expect(!answer.string("errors", "0", "example").isEmpty)
            }
        }
    }

    @Test func `chunks that were given up are gaps and an event`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member)
            let footage = try await Footage(bed, member, camera)
            let start = WallTime(seconds: bed.services.now().microseconds / 1_000_000 - 300)
            let chunk = footage.chunk(1, start: start, run: RunID())
            let drop = ChunkDrop(
                identity: chunk.identity,
                start: chunk.start,
                end: chunk.end,
                length: chunk.length,
                besideGaps: []
            )
            let uri = "/internal/v1/workers/\(footage.worker)/drops"
            let body = try Self.encode(ChunkDrops(drops: [drop]))
            for _ in 0..<2 {
                let answer = try await api.worker("POST", uri, body)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.string("verdicts", "0") == "recorded")
            }
            let health = try await api.get("/api/v1/cameras/\(camera)/health", member)
            #expect(health.string("gaps", "0", "reason") == "disk_full")
            let events = try await api.get("/api/v1/events", member)
            #expect(events.string("items", "0", "type") == "recording.lost")
            #expect(events.string("items", "0", "data", "camera_id") == "\(camera)")
            #expect(events.string("items", "1", "type") == "")
            for body in [#"{"drops":[]}"#, #"{"drops":7}"#, "{}", "x"] {
                let answer = try await api.worker("POST", uri, body)
                #expect(answer.status == 400, "\(body)")
            }
            let other = try await api.worker(
                "POST",
                "/internal/v1/workers/\(WorkerID())/drops",
                body
            )
            #expect(other.status == 404)
        }
    }
}
