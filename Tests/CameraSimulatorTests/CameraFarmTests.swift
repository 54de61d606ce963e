import CameraSimulator
import Domain
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CameraFarmTests {
    @Test func `a session gets every picture once, from a key picture on`() async throws {
        try await TestFarm.with { farm, port in
            let client = try await TestClient(port: port, path: "/cam0")
            #expect(try await client.request("OPTIONS")?.status == 200)
            let description = try #require(try await client.request("DESCRIBE"))
            #expect(description.header("content-base") == client.base + "/")
            #expect(description.body.contains("a=rtpmap:96 H264/90000"))
            #expect(description.body.contains("sprop-parameter-sets=Z"))
            #expect(description.body.contains("a=rtpmap:97 MPEG4-GENERIC/16000/1"))
            #expect(description.body.contains("config=1408"))
            let answer = try #require(try await client.play())
            let info = try #require(answer.header("rtp-info"))

            let (pictures, sequence) = await client.pictures(50)
            #expect(pictures[0].types.prefix(4) == [7, 8, 6, 5])
            let numbers = pictures.compactMap(\.picture)
            #expect(numbers.count == 50)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 })
            let stamps = pictures.map(\.timestamp)
            #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $1 == $0 &+ 4_500 })
            #expect(zip(sequence, sequence.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
            #expect(info.contains("seq=\(sequence[0]);rtptime=\(stamps[0])"))
            #expect(numbers[0] % 20 == 0)
            let spans = pictures.flatMap(\.stamps).map(\.sentAt.microseconds)
            #expect(zip(spans, spans.dropFirst()).allSatisfy { $1 == $0 + 50_000 })

            #expect(try await client.request("GET_PARAMETER")?.status == 200)
            #expect(try await client.request("TEARDOWN")?.status == 200)
            #expect(farm.counters.cameras[0].sessionsNow == 0)
            #expect(farm.counters.cameras[0].sessionsPeak == 1)
            #expect(farm.counters.picturesSent >= 50)
            #expect(farm.counters.picturesDropped == 0)
        }
    }

    @Test func `two sessions see the same numbers, and numbers go on without any`() async throws {
        try await TestFarm.with { _, port in
            let first = try await TestClient(port: port, path: "/cam0?start=any")
            _ = try await first.play()
            let early = try #require(await first.pictures(3).pictures.last)
            await first.close()
            try await Task.sleep(for: .milliseconds(500))
            let left = try await TestClient(port: port, path: "/cam0?start=any")
            let right = try await TestClient(port: port, path: "/cam0?start=any")
            _ = try await left.play()
            _ = try await right.play()
            let seen = await left.pictures(10).pictures
            let other = await right.pictures(10).pictures
            let last = try #require(early.picture)
            #expect(try #require(seen[0].picture) >= last + 9)
            let pairs = seen.flatMap { one in
                other.filter { $0.picture == one.picture }.map { (one, $0) }
            }
            #expect(pairs.count >= 8)
            #expect(pairs.allSatisfy { $0.units == $1.units })
        }
    }

    @Test func `sender reports come at once and tell the picture clock`() async throws {
        try await TestFarm.with { _, port in
            let client = try await TestClient(port: port, path: "/cam0")
            _ = try await client.play(tracks: [0, 1])
            var reports: [UInt8: [UInt8]] = [:]
            while reports.count < 2, let packet = await client.packet() {
                if packet.channel % 2 == 1 { reports[packet.channel] = packet.bytes }
            }
            let report = try #require(reports[1])
            #expect(reports[3] != nil)
            func number(_ range: Range<Int>) -> UInt64 {
                report[range].reduce(0) { $0 << 8 | UInt64($1) }
            }
            #expect(report[1] == 200)
            let wall =
                Double(number(8..<12)) - 2_208_988_800 + Double(number(12..<16)) / 4_294_967_296
            let picture = try #require(await client.pictures(1).pictures.first)
            let stamp = try #require(picture.stamps.first)
            let ticks = Int32(
                bitPattern: picture.timestamp &- UInt32(truncatingIfNeeded: number(16..<20))
            )
            let seconds = stamp.sentAt.seconds - wall
            #expect(abs(seconds - Double(ticks) / 90_000) < 0.001)
        }
    }

    @Test func `audio frames follow each other by 1024 samples`() async throws {
        try await TestFarm.with { _, port in
            let client = try await TestClient(port: port, path: "/cam0")
            _ = try await client.play(tracks: [0, 1])
            var stamps: [UInt32] = []
            while stamps.count < 10, let packet = await client.packet() {
                guard packet.channel == 2 else { continue }
                #expect(packet.bytes[1] == 0x80 | 97)
                #expect(packet.bytes[12..<14].elementsEqual([0, 16]))
                let size = Int(packet.bytes[14]) << 5 | Int(packet.bytes[15]) >> 3
                #expect(size == packet.bytes.count - 16)
                stamps.append(packet.bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            }
            #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $1 == $0 &+ 1_024 })
        }
    }

    @Test func `parameter sets and stamp can come in one packet`() async throws {
        try await TestFarm.with { _, port in
            let client = try await TestClient(port: port, path: "/cam0?pack=aggregate")
            _ = try await client.play()
            let (pictures, _) = await client.pictures(3)
            #expect(pictures[0].types.prefix(4) == [7, 8, 6, 5])
            #expect(pictures.allSatisfy { $0.stamps.count == 1 })
        }
    }

    @Test func `what a camera cannot do is refused with the right status`() async throws {
        var configuration = TestFarm.configuration()
        configuration.sessionsPerCamera = 1
        try await TestFarm.with(configuration) { _, port in
            let client = try await TestClient(port: port, path: "/cam0")
            #expect(try await client.request("PLAY")?.status == 454)
            #expect(try await client.request("RECORD")?.status == 405)
            #expect(try await client.request("DESCRIBE", client.base + "7")?.status == 404)
            let udp = ["Transport": "RTP/AVP;unicast;client_port=5000-5001"]
            #expect(
                try await client.request("SETUP", client.base + "/trackID=0", udp)?.status == 461
            )
            #expect(try await client.play()?.status == 200)
            let second = try await TestClient(port: port, path: "/cam0")
            let tcp = ["Transport": "RTP/AVP/TCP;interleaved=0-1"]
            #expect(
                try await second.request("SETUP", second.base + "/trackID=0", tcp)?.status == 453
            )
            let wrong = try await TestClient(port: port, path: "/cam0?fault=dorp")
            #expect(try await wrong.request("DESCRIBE")?.status == 400)
            let long = try await TestClient(port: port, path: "/cam0")
            try await long.send("DESCRIBE " + String(repeating: "x", count: 20_000))
            let refusal = try #require(await long.raw())
            #expect(String(decoding: refusal, as: UTF8.self).hasPrefix("RTSP/1.0 413 "))
        }
    }

    @Test func `a client that does not read loses pictures, visibly`() async throws {
        var configuration = TestFarm.configuration(clips: ["bench.h264"])
        configuration.backlogBytes = 16 << 10
        try await TestFarm.with(configuration) { farm, port in
            let client = try await TestClient(port: port, path: "/cam0")
            try await client.channel.setOption(.socketOption(.so_rcvbuf), value: 4_096).get()
            _ = try await client.play()
            try await client.channel.setOption(.autoRead, value: false).get()
            while farm.counters.picturesDropped == 0 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(farm.counters.cameras[0].picturesDropped > 0)
        }
    }

    @Test func `a silent session ends after its time`() async throws {
        var configuration = TestFarm.configuration()
        configuration.sessionTimeoutSeconds = 1
        try await TestFarm.with(configuration) { _, port in
            let client = try await TestClient(port: port, path: "/cam0")
            _ = try await client.play()
            while await client.packet() != nil {}
            #expect(client.isClosed)
        }
    }
}
