import API
import Catalog
import Database
import Domain
import Foundation
import Identity
import Keys
import Playlist
import Synchronization
import Testing

/// Playlists, timelines and media, from rows and from what a worker still holds.
struct PlaybackTests {
    /// Ten minutes ago, on a whole second.
    private static func start(_ bed: TestBed, secondsAgo: Int64 = 600) -> WallTime {
        WallTime(seconds: bed.services.now().microseconds / 1_000_000 - secondsAgo)
    }

    private static func query(_ start: WallTime, seconds: Int64) -> String {
        "from=\(start)&to=\(start.adding(milliseconds: seconds * 1_000))"
    }

    /// URIs of segments and maps in a playlist, in order, with their byte ranges.
    private static func media(_ playlist: String) -> [(uri: String, range: String?)] {
        var range: String?
        var found: [(String, String?)] = []
        for line in playlist.split(separator: "\n") {
            if line.hasPrefix("#EXT-X-BYTERANGE:") {
                range = String(line.dropFirst(17))
            } else if !line.hasPrefix("#"), !line.isEmpty {
                found.append((String(line), range))
                range = nil
            }
        }
        return found
    }

    /// Three chunks: two registered, the third only in the spool.
    private func world() async throws -> (TestBed, Member, Footage, WallTime) {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let camera = try await bed.run { api in try await api.addCamera(member) }
        let footage = try await Footage(bed, member, camera)
        let start = Self.start(bed)
        let run = RunID()
        let chunks = (0..<3).map { index in
            footage.chunk(
                Int64(index + 1),
                start: start.adding(milliseconds: Int64(index) * 60_000),
                run: run,
                mediaStart: Int64(index) * 5_400_000
            )
        }
        let offers = [
            try await footage.offer(chunks[0]), try await footage.offer(chunks[1]),
        ]
        let verdicts = try await bed.catalog.registerChunks(footage.worker, offers)
        #expect(verdicts == [.registered, .registered])
        bed.edge.state.withLock { state in
            // The spool frees late: the second chunk is in both.
            state.holdings[camera] = SpoolHoldings(chunks: [chunks[1], chunks[2]], gaps: [])
        }
        return (bed, member, footage, start)
    }

    @Test func `an archive joins rows and spool, each segment once`() async throws {
        let (bed, member, footage, start) = try await world()
        try await bed.run { api in
            let answer = try await api.get(
                "/hls/\(footage.camera)/archive.m3u8?\(Self.query(start, seconds: 180))",
                member
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(PlaylistRules.check(answer.text).isEmpty, "\(answer.text)")
            #expect(answer.header("sparc-incomplete") == nil)
            let packed = try await api.send(
                "GET",
                "/hls/\(footage.camera)/archive.m3u8?\(Self.query(start, seconds: 180))",
                token: member.token,
                headers: [("Accept-Encoding", "br, gzip;q=0.8")]
            )
            #expect(packed.header("content-encoding") == "gzip")
            #expect(packed.bytes.count < answer.bytes.count / 2)
            let media = Self.media(answer.text)
            #expect(media.count == 45)
            #expect(!answer.text.contains("#EXT-X-GAP"))
            #expect(!answer.text.contains("#EXT-X-DISCONTINUITY"))
            #expect(media.filter { $0.uri.hasPrefix("/media/object/") }.count == 30)
            #expect(media.filter { $0.uri.hasPrefix("/media/spool/") }.count == 15)
            for (uri, range) in media[..<30] {
                let parts = try #require(range).split(separator: "@").compactMap { Int($0) }
                let answer = try await api.send(
                    "GET",
                    uri,
                    headers: [("Range", "bytes=\(parts[1])-\(parts[1] + parts[0] - 1)")]
                )
                #expect(answer.status == 206)
                #expect(answer.bytes.count == Footage.segmentLength)
                #expect(Set(answer.bytes).count == 1)
            }
        }
    }

    @Test func `a worker that does not answer leaves a gap that says why`() async throws {
        let (bed, member, footage, start) = try await world()
        let silent = StubEdge()
        silent.state.withLock { $0.failure = EdgeError(.timeout) }
        let other = try bed.variant { $0.edge = silent }
        try await other.run { api in
            let query = Self.query(start, seconds: 180)
            let answer = try await api.get(
                "/hls/\(footage.camera)/archive.m3u8?\(query)",
                member
            )
            #expect(answer.status == 200)
            #expect(PlaylistRules.check(answer.text).isEmpty)
            #expect(answer.header("sparc-incomplete") == "worker_timeout")
            #expect(answer.text.split(separator: "\n").count { $0 == "#EXT-X-GAP" } == 10)
            let timeline = try await api.get(
                "/api/v1/cameras/\(footage.camera)/timeline?\(query)",
                member
            )
            #expect(timeline.header("sparc-incomplete") == "worker_timeout")
            let live = try await api.get("/hls/\(footage.camera)/live.m3u8", member)
            #expect(live.status == 503)
            #expect(live.header("retry-after") != nil)
        }
    }

    @Test func `who watches by an access token goes on while the database is away`() async throws {
        let (bed, member, footage, _) = try await world()
        let text = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:6\n"
        bed.edge.state.withLock { $0.playlists[footage.camera] = text }
        let path = "/hls/\(footage.camera)/live.m3u8"
        let before = try await bed.run { api in try await api.get(path, member) }
        #expect(before.status == 200)
        let nowhere = try ConnectionSettings("postgresql://sparc_app@127.0.0.1:1/sparc")
        let away = try bed.variant {
            $0.catalog = Catalog(
                app: ConnectionPool(nowhere, size: 1),
                platform: ConnectionPool(nowhere, size: 1)
            )
            // Nobody has told it of ends for a while.
            $0.endedSessions = EndedSessions()
        }
        try await away.run { api in
            let live = try await api.get(path, member)
            let list = try await api.get("/api/v1/cameras", member)
            // An end that it knows of counts all the same.
            away.services.endedSessions.add([member.session], now: away.services.now())
            let ended = try await api.get(path, member)
            #expect(live.status == 200 && list.status == 503 && ended.status == 401)
        }
    }

    @Test func `the timeline of a dead worker ends with an open gap, once`() async throws {
        let (bed, member, footage, start) = try await world()
        try await footage.reportLive()
        let dead = StubEdge()
        dead.state.withLock { $0.failure = EdgeError(.unreachable) }
        let at = bed.services.now()
        let later = WallTime(microseconds: at.microseconds + 60_000_000)
        func view(_ edge: StubEdge, now: WallTime) throws -> TestBed {
            try bed.variant {
                $0.edge = edge
                $0.now = { now }
            }
        }
        func gaps(_ bed: TestBed, seconds: Int64) async throws -> [JSONValue] {
            try await bed.run { api in
                let answer = try await api.get(
                    "/api/v1/cameras/\(footage.camera)/timeline?"
                        + Self.query(start, seconds: seconds),
                    member
                )
                #expect(answer.status == 200, "\(answer.text)")
                guard case .array(let gaps) = answer.value("gaps") else { return [] }
                return gaps
            }
        }
        // It reports, or answers: no gap.
        #expect(try await gaps(view(dead, now: at), seconds: 900).isEmpty)
        #expect(try await gaps(view(bed.edge, now: later), seconds: 900).isEmpty)
        // Gone: from its last report to now, and nothing where the range ends before.
        let open = try await gaps(view(dead, now: later), seconds: 900)
        #expect(open.count == 1)
        guard case .object(let members) = open.first else {
            Issue.record("no gap")
            return
        }
        let values = Dictionary(members.map { ($0.name, $0.value) }) { $1 }
        #expect(values["reason"] == .string("worker_down"))
        guard case .string(let end) = values["end"] else {
            Issue.record("a gap without end")
            return
        }
        #expect(end == "\(later)")
        #expect(try await gaps(view(dead, now: later), seconds: 180).isEmpty)
        // The worker that is back registers what it missed: one gap, not two.
        let back = later.adding(milliseconds: 60_000)
        let missed = Gap(
            start: start.adding(milliseconds: 180_000),
            end: back,
            reason: .workerDown
        )
        try await footage.reportLive(gap: missed)
        let known = try await gaps(
            view(dead, now: back),
            seconds: 900
        )
        #expect(known.count == 1)
    }

    @Test func `what an earlier worker has not stored yet plays, and a silent one is told of`()
        async throws
    {
        let (bed, member, footage, start) = try await world()
        let edge = StubEdge()
        let held = bed.edge.state.withLock { $0.holdings[footage.camera] }
        let path =
            "/media/spool/\(member.tenant)/\(footage.camera)/main/\(footage.epoch)-3.mp4"
        edge.state.withLock { state in
            state.holder = "http://127.0.0.1:9"
            state.holdings[footage.camera] = held
            state.media[path] = Footage.bytes(3)
        }
        let next = WorkerID()
        try await bed.catalog.registerWorker(
            WorkerRegistration(
                worker: next,
                name: "next",
                edge: "http://127.0.0.1:8",
                highestEpoch: 0
            )
        )
        _ = try await bed.catalog.grant(next, member.tenant, footage.camera, .main)
        bed.services.workers.forget()
        let target = "/hls/\(footage.camera)/archive.m3u8?\(Self.query(start, seconds: 180))"
        let both = try bed.variant { $0.edge = edge }
        try await both.run { api in
            let answer = try await api.get(target, member)
            #expect(answer.status == 200)
            #expect(answer.header("sparc-incomplete") == nil)
            let spooled = Self.media(answer.text).filter { $0.uri.hasPrefix("/media/spool/") }
            #expect(spooled.count == 15)
            let media = try await api.send("GET", try #require(spooled.first).uri)
            #expect(media.bytes == Footage.bytes(3))
        }
        // Half a minute later nobody has heard of the earlier worker.
        let now = bed.services.now
        let later = try bed.variant { services in
            services.edge = edge
            services.now = { now().adding(milliseconds: 30_000) }
        }
        try await later.run { api in
            let answer = try await api.get(target, member)
            #expect(answer.header("sparc-incomplete") == "worker_unreachable")
            #expect(answer.text.split(separator: "\n").count { $0 == "#EXT-X-GAP" } == 10)
        }
    }

    @Test func `a timeline shows what is recorded and what is missing`() async throws {
        let (bed, member, footage, start) = try await world()
        try await bed.run { api in
            let early = start.adding(milliseconds: -60_000)
            let answer = try await api.get(
                "/api/v1/cameras/\(footage.camera)/timeline?\(Self.query(early, seconds: 300))",
                member
            )
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.string("recorded", "0", "start") == "\(start)")
            #expect(
                answer.string("recorded", "0", "end")
                    == "\(start.adding(milliseconds: 180_000))"
            )
            #expect(answer.value("recorded", "1") == .null)
        }
    }

    @Test func `the index lists the live playlist with codecs, also by ticket`() async throws {
        let (bed, member, footage, start) = try await world()
        bed.edge.state.withLock { $0.playlists[footage.camera] = "#EXTM3U\n" }
        try await bed.run { api in
            let index = try await api.get("/hls/\(footage.camera)/index.m3u8", member)
            #expect(index.status == 200)
            // Without a report of the worker the frame rate is not known yet.
            let broken = PlaylistRules.check(index.text).filter { !$0.rule.isAdvice }
            #expect(broken.isEmpty, "\(index.text)")
            #expect(index.text.contains(#"CODECS="avc1.64001f,mp4a.40.2""#))
            #expect(index.text.hasSuffix("\nlive.m3u8\n"))
            let urls = try await api.get(
                "/api/v1/cameras/\(footage.camera)/playback?\(Self.query(start, seconds: 60))",
                member
            )
            #expect(urls.status == 200)
            for name in ["index", "live", "archive"] {
                let answer = try await api.send("GET", urls.string(name))
                #expect(answer.status == 200, "\(name): \(answer.text)")
            }
            let ticketed = try await api.send("GET", urls.string("index"))
            #expect(ticketed.text.contains("\nlive.m3u8?token="))
            // A ticket opens one camera's playlists and nothing else.
            let token = urls.string("live").split(separator: "token=").last ?? ""
            let other = try await api.addCamera(member, name: "Other")
            let foreign = try await api.send("GET", "/hls/\(other)/live.m3u8?token=\(token)")
            #expect(foreign.status == 401)
            let changed = try await api.send(
                "GET",
                "/hls/\(footage.camera)/live.m3u8?token="
                    + (token.first == "A" ? "B" : "A") + token.dropFirst()
            )
            #expect(changed.status == 401)
            let api = try await api.send("GET", "/api/v1/cameras?token=\(token)")
            #expect(api.status == 401)
        }
    }

    @Test func `a ticket's person must still be allowed`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let viewer = try await bed.member(.viewer, of: owner.tenant)
        let camera = try await bed.run { api in try await api.addCamera(owner) }
        let ticket = PlaylistTicket(
            tenant: owner.tenant,
            user: viewer.user,
            session: viewer.session,
            camera: camera,
            allowsArchive: true,
            expiresAt: bed.services.now().microseconds / 1_000_000 + 60
        ).text(key: bed.services.keys.derive(.playlistToken))
        let nobody = PlaylistTicket(
            tenant: owner.tenant,
            user: UserID(),
            session: SessionID(),
            camera: camera,
            allowsArchive: true,
            expiresAt: bed.services.now().microseconds / 1_000_000 + 60
        ).text(key: bed.services.keys.derive(.playlistToken))
        try await bed.run { api in
            let query = Self.query(Self.start(bed), seconds: 60)
            let archive = try await api.send(
                "GET",
                "/hls/\(camera)/archive.m3u8?\(query)&token=\(ticket)"
            )
            #expect(archive.status == 403)
            let gone = try await api.send(
                "GET",
                "/hls/\(camera)/archive.m3u8?\(query)&token=\(nobody)"
            )
            #expect(gone.status == 401)
        }
    }

    @Test func `nothing recorded is a whole gap, and no live video yet`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let camera = try await api.addCamera(member)
            let query = Self.query(Self.start(bed), seconds: 60)
            let archive = try await api.get("/hls/\(camera)/archive.m3u8?\(query)", member)
            #expect(archive.status == 200)
            #expect(PlaylistRules.check(archive.text).isEmpty, "\(archive.text)")
            #expect(archive.text.contains("#EXT-X-GAP"))
            for name in ["index", "live"] {
                let answer = try await api.get("/hls/\(camera)/\(name).m3u8", member)
                #expect(answer.status == 503)
                #expect(answer.string("type") == ProblemKind.noVideoYet.type)
            }
        }
    }
}
