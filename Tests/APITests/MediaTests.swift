import API
import Catalog
import Domain
import HTTPTypes
import HummingbirdTesting
import Keys
import NIOCore
import ObjectStore
import Synchronization
import Testing
import Transfer

/// Signed media: what is passed through, what is served from the store, and that no changed URI is.
struct MediaTests {
    private static func expiry(_ bed: TestBed, seconds: Int64 = 600) -> WallTime {
        bed.services.now().adding(milliseconds: seconds * 1_000)
    }

    /// A chunk in the store, registered.
    private func stored() async throws -> (TestBed, Footage, ChunkOffer) {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let camera = try await bed.run { api in try await api.addCamera(member) }
        let footage = try await Footage(bed, member, camera)
        let start = WallTime(seconds: bed.services.now().microseconds / 1_000_000 - 600)
        let offer = try await footage.offer(footage.chunk(1, start: start, run: RunID()))
        _ = try await bed.catalog.registerChunks(footage.worker, [offer])
        return (bed, footage, offer)
    }

    @Test func `a stored chunk is served whole and in ranges`() async throws {
        let (bed, _, offer) = try await stored()
        let bytes = Footage.bytes(1)
        let uri = bed.services.signer.signed(
            "/media/object/\(offer.sealed.key)",
            expires: Self.expiry(bed)
        )
        try await bed.run { api in
            let whole = try await api.send("GET", uri)
            #expect(whole.status == 200)
            #expect(whole.bytes == bytes)
            #expect(whole.header("content-type") == "video/mp4")
            #expect(whole.header("accept-ranges") == "bytes")
            let head = try await api.send("HEAD", uri)
            #expect(head.status == 200 && head.bytes.isEmpty)
            #expect(head.header("content-length") == "\(bytes.count)")
            for (header, part) in [
                ("bytes=0-0", 0..<1), ("bytes=8-107", 8..<108), ("bytes=1500-", 1500..<1508),
                ("bytes=-8", 1500..<1508), ("bytes=0-99999", 0..<1508),
            ] {
                let answer = try await api.send("GET", uri, headers: [("Range", header)])
                #expect(answer.status == 206)
                #expect(answer.bytes == Array(bytes[part]))
                #expect(
                    answer.header("content-range")
                        == "bytes \(part.lowerBound)-\(part.upperBound - 1)/1508"
                )
            }
            let beyond = try await api.send("GET", uri, headers: [("Range", "bytes=1508-")])
            #expect(beyond.status == 416)
            #expect(beyond.header("content-range") == "bytes */1508")
            let several = try await api.send("GET", uri, headers: [("Range", "bytes=0-1,3-4")])
            #expect(several.status == 200)
        }
    }

    /// A store that viewers reach.
    private struct ViewersStore: PresigningStore {
        let origin = "https://store.example.org"
        let failure: ObjectStoreError?

        func presignedURL(_ key: ObjectKey, seconds: Int) async throws -> String {
            if let failure { throw failure }
            return "\(origin)/\(key)?seconds=\(seconds)"
        }
    }

    @Test func `viewers are sent to the store, with a right signature only`() async throws {
        let (bed, footage, offer) = try await stored()
        let signer = bed.services.signer
        let path = "/media/object/\(offer.sealed.key)"
        let uri = signer.signed(path, expires: Self.expiry(bed))
        let spool = signer.signed(
            "/media/spool/\(footage.member.tenant)/\(footage.camera)/main/\(footage.epoch)-1.mp4",
            expires: Self.expiry(bed)
        )
        let direct = try bed.variant { $0.viewersStore = ViewersStore(failure: nil) }
        try await direct.run { api in
            for uri in [uri, spool] {
                let answer = try await api.send("GET", uri, headers: [("Range", "bytes=8-107")])
                #expect(answer.status == 307)
                #expect(
                    answer.header("location")
                        == "https://store.example.org/\(offer.sealed.key)?seconds=900"
                )
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.bytes.isEmpty)
            }
            #expect(try await api.send("HEAD", uri).status == 200)
            let wrong = try await api.send("GET", path + "?x=1")
            #expect(wrong.status == 403 && wrong.header("location") == nil)
        }
        let broken = try bed.variant {
            $0.viewersStore = ViewersStore(failure: ObjectStoreError(.denied, "secret"))
        }
        try await broken.run { api in
            let answer = try await api.send("GET", uri)
            #expect(answer.status == 503)
            #expect(!String(decoding: answer.bytes, as: UTF8.self).contains("secret"))
        }
    }

    @Test func `no changed URI is served`() async throws {
        let (bed, footage, offer) = try await stored()
        let path = "/media/object/\(offer.sealed.key)"
        let uri = bed.services.signer.signed(path, expires: Self.expiry(bed))
        let query = uri.dropFirst(path.count + 1)
        var wrong = [
            path, path + "?", "\(path)?\(query)&\(query)", "\(path)/?\(query)",
            "/media//object/\(offer.sealed.key)?\(query)",
            "/media/object/./\(offer.sealed.key)?\(query)",
            "/media/object/%2e/\(offer.sealed.key)?\(query)",
            "/media/spool/\(footage.member.tenant)/\(footage.camera)/main/1-1.mp4?\(query)",
            bed.services.signer.signed(path, expires: Self.expiry(bed, seconds: -600)),
        ]
        // Every character of path and query, changed.
        for index in uri.indices where uri[index] != "?" {
            let other: Character = uri[index] == "a" ? "b" : "a"
            wrong.append(uri.replacingCharacters(at: index, with: other))
        }
        let all = wrong
        try await bed.run { api in
            for uri in all {
                let answer = try await api.send("GET", uri)
                #expect([403, 404, 405].contains(answer.status), "\(uri): \(answer.status)")
            }
        }
    }

    @Test func `a signature is of one path, and for reading`() async throws {
        let (bed, footage, offer) = try await stored()
        let (tenant, camera, epoch) = (footage.member.tenant, footage.camera, footage.epoch)
        let expiry = Self.expiry(bed)
        let spool = "/media/spool/\(tenant)/\(camera)/main/\(epoch)-1.mp4"
        let live = "/media/live/\(tenant)/\(camera)/main/\(RunID())/1.m4s"
        let object = "/media/object/\(offer.sealed.key)"
        let sibling = try await bed.run { api in try await api.addCamera(footage.member) }
        var tried = 0
        for path in [spool, live, object] {
            let signed = bed.services.signer.signed(path, expires: expiry)
            let query = signed.dropFirst(path.count + 1)
            let folder = path.dropLast(path.reversed().prefix { $0 != "/" }.count + 1)
            // Paths that begin as this one, that this one begins as, and those beside it.
            let others = [
                path + "0", path + "x", path + ".bak", path + "/", path + "/x", path + ";x",
                path.replacing("-1.mp4", with: "-10.mp4"),
                path.replacing("-1.mp4", with: "-11.mp4"),
                path.replacing("/1.m4s", with: "/10.m4s"), path.replacing(".mp4", with: "0.mp4"),
                String(path.dropLast()), String(path.dropLast(4)), String(folder), "\(folder)/",
                path.replacing("/main/", with: "/sub/"), path.replacing("/main/", with: "/main2/"),
                path.replacing("\(camera)", with: "\(sibling)"),
                path.replacing("\(camera)", with: "\(camera)0"),
                path.replacing("\(tenant)", with: "\(TenantID())"),
                path.replacing("/media/", with: "/media/../media/"),
                path.replacing("/media/", with: "/media/%2e%2e/media/"),
                path.replacing("/media/", with: "/media%2f"), path.uppercased(),
            ].filter { $0 != path }
            try await bed.run { api in
                for other in others {
                    let answer = try await api.send("GET", "\(other)?\(query)")
                    #expect([403, 404].contains(answer.status), "\(other): \(answer.status)")
                    #expect(answer.header("content-type") == "application/problem+json")
                }
                for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE"] {
                    let answer = try await api.send(method, signed)
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(answer.header("content-type") != MediaTests.video)
                }
            }
            tried += others.count + 6
        }
        print("signed media: \(tried) other paths and methods, none served")
    }

    private static let video = "video/mp4"

    @Test func `a signature is the same for every host, and outlives the right to the playlist`()
        async throws
    {
        let (bed, footage, offer) = try await stored()
        let path = "/media/object/\(offer.sealed.key)"
        let uri = bed.services.signer.signed(path, expires: Self.expiry(bed))
        let client = HTTPClient(policy: nil, ignoresProxy: true)
        defer { client.close() }
        try await bed.runLive { api in
            let port = try #require(api.client.port)
            // A CDN has a name of its own: the host is no part of what is signed.
            for host in ["evil.example", "169.254.169.254", "127.0.0.1:\(port)"] {
                let request = HTTPRequest(
                    .get,
                    "http://127.0.0.1:\(port)\(uri)",
                    headers: [("Host", host)]
                )
                let answer = try await client.send(request)
                #expect(answer.status == 200 && answer.body == Footage.bytes(1), "\(host)")
            }
            // By design: whoever has the URI may fetch what it names until its bucket ends.
            let user = "\(footage.member.user)"
            try await bed.asSuperuser(
                "UPDATE sparc.users SET disabled_at = now() WHERE id = '\(user)'"
            )
            bed.services.endedSessions.add([footage.member.session], now: bed.services.now())
            let list = try await api.get("/hls/\(footage.camera)/live.m3u8", footage.member)
            #expect(list.status == 401)
            let media = try await api.send("GET", uri)
            #expect(media.status == 200)
        }
        // And not a moment longer.
        let end = Self.expiry(bed).adding(milliseconds: MediaSigner.bucketSeconds * 1_000)
        let late = try bed.variant { $0.now = { end } }
        try await late.run { api in
            let media = try await api.send("GET", uri)
            #expect(media.status == 403)
        }
    }

    @Test func `a chunk that the spool has freed comes from the store`() async throws {
        let (bed, footage, _) = try await stored()
        let path =
            "/media/spool/\(footage.member.tenant)/\(footage.camera)/main/"
            + "\(footage.epoch)-1.mp4"
        let uri = bed.services.signer.signed(path, expires: Self.expiry(bed))
        let bytes = Footage.bytes(1)
        try await bed.run { api in
            let freed = try await api.send("GET", uri, headers: [("Range", "bytes=8-107")])
            #expect(freed.status == 206)
            #expect(freed.bytes == Array(bytes[8..<108]))
            bed.edge.state.withLock { $0.media[path] = Array("still spooled".utf8) }
            let spooled = try await api.send("GET", uri, headers: [("Range", "bytes=0-4")])
            #expect(spooled.status == 206)
            #expect(spooled.text == "still")
            #expect(spooled.header("content-range") == "bytes 0-4/13")
        }
    }

    @Test func `long media of a worker is passed on in pieces, whole and in every range`()
        async throws
    {
        let (bed, footage, _) = try await stored()
        let edge = StubEdge()
        let path =
            "/media/live/\(footage.member.tenant)/\(footage.camera)/main/"
            + "\(RunID())-\(footage.epoch)-1/0.m4s"
        let uri = bed.services.signer.signed(path, expires: Self.expiry(bed))
        let count = 3 << 20 | 5
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 7) }
        edge.state.withLock { $0.media[path] = bytes }
        let ranges: [(header: String?, part: Range<Int>)] = [
            (nil, 0..<count), ("bytes=0-", 0..<count), ("bytes=7-9", 7..<10),
            ("bytes=1048570-3000000", 1_048_570..<3_000_001), ("bytes=-2000000", 1_145_733..<count),
            ("bytes=9-99999999", 9..<count), ("bytes=0-1,3-4", 0..<count),
        ]
        try await bed.variant { $0.edge = edge }.run { api in
            for (header, part) in ranges {
                let answer = try await api.send(
                    "GET",
                    uri,
                    headers: header.map { [("Range", $0)] } ?? []
                )
                let isPart = header.map { !$0.contains(",") } ?? false
                #expect(answer.status == (isPart ? 206 : 200), "\(header ?? "-")")
                #expect(answer.bytes == Array(bytes[part]), "\(header ?? "-")")
                #expect(
                    answer.header("content-range")
                        == (isPart
                            ? "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(count)" : nil)
                )
            }
            let beyond = try await api.send("GET", uri, headers: [("Range", "bytes=3145733-")])
            #expect(beyond.status == 416)
            #expect(beyond.header("content-range") == "bytes */\(count)")
            // While it grows, its length is not told, but that of a part is.
            edge.state.withLock { _ = $0.growing.insert(path) }
            let part = try await api.send("GET", uri, headers: [("Range", "bytes=5-2500000")])
            #expect(part.status == 206 && part.bytes == Array(bytes[5..<2_500_001]))
            #expect(part.header("content-range") == "bytes 5-2500000/*")
            let most = try await api.send("GET", uri, headers: [("Range", "bytes=5-9999999")])
            #expect(most.status == 206 && most.bytes == Array(bytes[5..<1_048_581]))
        }
        #expect(edge.state.withLock { $0.lengths.allSatisfy { $0 <= 1 << 20 } })
    }

    @Test func `live media is passed through with its signature`() async throws {
        let (bed, footage, _) = try await stored()
        let path =
            "/media/live/\(footage.member.tenant)/\(footage.camera)/main/"
            + "\(RunID())-\(footage.epoch)-1/0.m4s"
        let uri = bed.services.signer.signed(path, expires: Self.expiry(bed))
        try await bed.run { api in
            let missing = try await api.send("GET", uri)
            #expect(missing.status == 404)
            bed.edge.state.withLock { $0.media[path] = [1, 2, 3] }
            let answer = try await api.send("GET", uri)
            #expect(answer.status == 200)
            #expect(answer.bytes == [1, 2, 3])
            #expect(bed.edge.state.withLock { $0.targets.contains(uri) })
            // An absolute URI in the request line says nothing about where to ask.
            let absolute = try await api.client.execute(
                uri: "http://127.0.0.2" + uri,
                method: .get
            )
            #expect(Array(absolute.body.readableBytesView) == [1, 2, 3])
            let targets = bed.edge.state.withLock { $0.targets }
            #expect(targets.allSatisfy { $0.hasPrefix("/media/") }, "\(targets)")
            let gap = try await api.send("GET", "/media/gap.m4s")
            #expect(gap.bytes.count == 8)
        }
    }
}

extension String {
    fileprivate func replacingCharacters(at index: Index, with character: Character) -> String {
        String(self[..<index]) + String(character) + String(self[self.index(after: index)...])
    }
}
