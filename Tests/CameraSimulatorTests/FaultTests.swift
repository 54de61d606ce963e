import CameraSimulator
import Domain
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    /// Plays a URL until the connection ends or so many pictures are there.
    private func play(
        _ path: String,
        pictures: Int,
        port: Int
    ) async throws -> (TestClient, [ReceivedPicture], [UInt16]) {
        let client = try await TestClient(port: port, path: path)
        #expect(try await client.play()?.status == 200)
        let (found, sequence) = await client.pictures(pictures)
        return (client, found, sequence)
    }

    @Test func `drop and reset end the connection after the time given`() async throws {
        try await TestFarm.with { _, port in
            let (dropped, some, _) = try await play(
                "/cam0?fault=drop@0.5&start=any",
                pictures: 100,
                port: port
            )
            #expect(dropped.isClosed && !dropped.wasReset)
            #expect((5...15).contains(some.count))
            let (reset, _, _) = try await play("/cam0?fault=reset@0.2", pictures: 100, port: port)
            #expect(reset.isClosed && reset.wasReset)
        }
    }

    @Test func `a stalled camera keeps the connection and goes on after resume`() async throws {
        try await TestFarm.with { farm, port in
            let client = try await TestClient(port: port, path: "/cam0?start=any")
            _ = try await client.play()
            let before = try #require(await client.pictures(5).pictures.last?.picture)
            try await farm.apply(.stall, camera: 0)
            try await Task.sleep(for: .milliseconds(600))
            let sent = farm.counters.picturesSent
            try await Task.sleep(for: .milliseconds(300))
            #expect(farm.counters.picturesSent == sent)
            try await farm.apply(.resume, camera: 0)
            let after = await client.pictures(12).pictures.compactMap(\.picture)
            #expect(try #require(after.last) >= before + 20)
            #expect(!client.isClosed)
        }
    }

    @Test func `timestamps jump for good and an outlier only once`() async throws {
        try await TestFarm.with { farm, port in
            let (_, jumped, _) = try await play(
                "/cam0?fault=jump:-100@0.4&start=any",
                pictures: 20,
                port: port
            )
            let steps = zip(jumped, jumped.dropFirst()).map { $1.timestamp &- $0.timestamp }
            #expect(steps.filter { $0 != 4_500 } == [UInt32(bitPattern: 4_500 - 9_000_000)])
            let (_, one, _) = try await play(
                "/cam0?fault=outlier:3600@0.4&start=any",
                pictures: 20,
                port: port
            )
            let others = zip(one, one.dropFirst()).map { $1.timestamp &- $0.timestamp }
            let away: UInt32 = 3_600 * 90_000
            #expect(others.filter { $0 != 4_500 } == [4_500 + away, 4_500 &- away])
        }
    }

    @Test func `another clip begins with its own parameter sets`() async throws {
        try await TestFarm.with { farm, port in
            let client = try await TestClient(port: port, path: "/cam0?start=any")
            _ = try await client.play()
            let before = try #require(await client.pictures(3).pictures.last?.picture)
            try await farm.apply(.clip("small"), camera: 0)
            let (pictures, _) = await client.pictures(20)
            let change = try #require(pictures.firstIndex { $0.isKey })
            let small = try await client.request("DESCRIBE")?.body
            let (later, _) = await client.pictures(1)
            #expect(later.count == 1)
            let fresh = try await TestClient(port: port, path: "/cam0")
            #expect(try await fresh.request("DESCRIBE")?.body == small)
            #expect(pictures[change].types.prefix(4) == [7, 8, 6, 5])
            let numbers = pictures.compactMap(\.picture)
            #expect(numbers.first == before + 1)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 })
            await #expect(throws: FarmError.self) { try await farm.apply(.clip("none")) }
            await #expect(throws: FarmError.self) { try await farm.apply(.drop, camera: 9) }
        }
    }

    @Test func `garbage comes between packets and loss leaves holes in the sequence`() async throws
    {
        try await TestFarm.with { farm, port in
            let client = try await TestClient(port: port, path: "/cam0?fault=garbage:64@0.3")
            _ = try await client.play()
            while client.strayBytes == 0, await client.packet() != nil {}
            #expect(client.strayBytes > 0)
            let (_, _, sequence) = try await play("/cam0?fault=loss:0.3", pictures: 30, port: port)
            let holes = zip(sequence, sequence.dropFirst()).filter { $1 != $0 &+ 1 }
            #expect(!holes.isEmpty)
            #expect(farm.counters.cameras[0].packetsLost >= holes.count)
        }
    }

    @Test func `key pictures can be far apart or missing`() async throws {
        try await TestFarm.with { _, port in
            let (_, two, _) = try await play("/cam0?gop=2", pictures: 61, port: port)
            #expect(two.indices.filter { two[$0].isKey } == [0, 40])
            #expect(two.allSatisfy { $0.stamps.count == 1 })
            let (_, none, _) = try await play("/cam0?gop=none", pictures: 50, port: port)
            #expect(none.indices.filter { none[$0].isKey } == [0])
        }
    }

    @Test func `refuse, freeze and redirect meet the first request`() async throws {
        try await TestFarm.with { farm, port in
            let refused = try await TestClient(port: port, path: "/cam0?fault=refuse")
            #expect(try await refused.request("DESCRIBE") == nil)
            let target = "rtsp://169.254.169.254/x"
            let moved = try await TestClient(port: port, path: "/cam0?fault=redirect:\(target)")
            let reply = try await moved.request("DESCRIBE")
            #expect(reply?.status == 302)
            #expect(reply?.header("location") == target)
            let frozen = try await TestClient(port: port, path: "/cam0?fault=freeze")
            try await frozen.send("OPTIONS \(frozen.base) RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            try await Task.sleep(for: .milliseconds(300))
            try await farm.apply(.drop, camera: 0)
            #expect(await frozen.raw() == nil)
            try await farm.apply(.refuse)
            await #expect(throws: (any Error).self) {
                try await TestClient(port: port, path: "/cam0")
            }
            try await farm.apply(.resume)
            let again = try await TestClient(port: port, path: "/cam0")
            #expect(try await again.request("DESCRIBE")?.status == 200)
        }
    }

    @Test func `a description can be slow and a header endless`() async throws {
        try await TestFarm.with { _, port in
            let slow = try await TestClient(port: port, path: "/cam0?fault=slow")
            try await slow.send("DESCRIBE \(slow.base) RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            for _ in 0..<5 { #expect(try #require(await slow.raw()).count <= 3) }
            let endless = try await TestClient(port: port, path: "/cam0?fault=endless")
            try await endless.send("DESCRIBE \(endless.base) RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            var bytes: [UInt8] = []
            while bytes.count < 100_000, let more = await endless.raw() { bytes += more }
            #expect(bytes.count >= 100_000)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n"))
        }
    }

    @Test func `control requests bring faults about and read the counters`() async throws {
        try await TestFarm.with(TestFarm.configuration(count: 2)) { farm, port in
            let client = try await TestClient(port: port, path: "/cam1")
            _ = try await client.play()
            let control = try await TestClient(port: port, path: "/")
            try await control.send(
                "POST /faults?camera=1&fault=drop HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
            let answer = try #require(await control.raw())
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200 OK"))
            while await client.packet() != nil {}
            #expect(client.isClosed)
            let counters = try await TestClient(port: port, path: "/")
            try await counters.send("GET /counters HTTP/1.1\r\nHost: x\r\n\r\n")
            let json = String(decoding: try #require(await counters.raw()), as: UTF8.self)
            #expect(json.contains("\"sessionsPeak\":1"))
            #expect(farm.counters.connections == 3)
        }
    }
}
