import CameraSimulator
import Domain
import Foundation
import Recorder
import Spool
import Testing

/// The real process against simulated cameras; what is judged is what lies in the spool.
@Suite(.serialized) struct RecorderProcessTests {
    /// Every chunk decodes; chunks of a run follow each other without a hole.
    private func check(_ chunks: [RecordedChunk]) throws {
        #expect(!chunks.isEmpty)
        for chunk in chunks {
            #expect(try chunk.complaints() == "", "\(chunk.path)")
        }
        for (left, right) in zip(chunks, chunks.dropFirst()) {
            guard let before = left.header, let after = right.header else {
                Issue.record("a chunk without a header")
                continue
            }
            #expect(after.identity.sequence == before.identity.sequence + 1)
            guard before.run == after.run else {
                continue
            }
            let end = left.journal.fragments.last.map { $0.start + $0.duration }
            #expect(end == after.mediaStart)
            #expect(before.initializationHash == after.initializationHash)
            #expect(after.precedingGap == nil)
            #expect(after.start == before.start + (after.mediaStart - before.mediaStart))
        }
    }

    private func expectEachOnce(_ chunks: [RecordedChunk]) {
        let pictures = chunks.flatMap(\.pictures)
        guard let first = pictures.first else {
            Issue.record("no picture was recorded")
            return
        }
        #expect(pictures == Array(first..<(first + UInt64(pictures.count))))
    }

    @Test func `two cameras are recorded over several chunks with every picture once`() async throws
    {
        try await Farm.run(count: 2, clips: ["demo.h264", "demo.h265"]) { farm, url in
            let run = try RecorderRun(chunkSeconds: 4)
            defer { run.removeSpool() }
            let cameras = [CameraID(), CameraID()]
            for (index, camera) in cameras.enumerated() {
                try run.start(camera, url("cam\(index)"))
            }
            try await Task.sleep(for: .seconds(11))
            #expect(try await run.end() == 0)
            for (index, camera) in cameras.enumerated() {
                let chunks = try run.chunks(camera)
                #expect(chunks.count >= 2)
                try check(chunks)
                expectEachOnce(chunks)
                #expect(chunks.flatMap(\.pictures).count > 150)
                let codecs = chunks[0].header?.codecs ?? ""
                #expect(codecs.hasPrefix(index == 0 ? "avc1." : "hvc1."))
                #expect(chunks.last?.journal.end == .ended)
                #expect(run.states(camera).map(\.state) == [.starting, .live])
            }
            // TEARDOWN was sent and taken.
            #expect(farm.counters.connectionsNow == 0)
        }
    }

    @Test func `a dropped and a silent camera come back with a gap`() async throws {
        try await Farm.run(count: 3) { farm, url in
            let run = try RecorderRun(chunkSeconds: 4)
            defer { run.removeSpool() }
            let cameras = [CameraID(), CameraID(), CameraID()]
            for (index, camera) in cameras.enumerated() {
                try run.start(camera, url("cam\(index)"))
            }
            for camera in cameras {
                #expect(try await run.reaches(.live, camera))
            }
            try await Task.sleep(for: .seconds(2))
            try await farm.apply(.drop, camera: 0)
            try await farm.apply(.stall, camera: 1)
            try await farm.apply(.clip("small"), camera: 2)
            let stalled = try await run.wait(for: cameras[1]) { $0.state == .stalled }
            #expect(stalled?.gap == .cameraOffline)
            try await farm.apply(.resume, camera: 1)
            try await Task.sleep(for: .seconds(10))
            #expect(try await run.end() == 0)
            for camera in cameras[..<2] {
                let chunks = try run.chunks(camera)
                try check(chunks)
                let gaps = chunks.compactMap { $0.header?.precedingGap }
                #expect(gaps.map(\.reason) == [.cameraOffline])
                #expect(Set(chunks.compactMap { $0.header?.run }).count == 2)
                let pictures = chunks.flatMap(\.pictures)
                #expect(pictures == pictures.sorted() && Set(pictures).count == pictures.count)
            }
            // The clip is another picture size: a new run, nothing lost.
            let changed = try run.chunks(cameras[2])
            try check(changed)
            #expect(Set(changed.compactMap { $0.header?.width }) == [640, 480])
            expectEachOnce(changed)
        }
    }

    @Test func `what cannot be recorded says why and contacts nobody else`() async throws {
        try await Farm.run(count: 4) { farm, url in
            let run = try RecorderRun()
            defer { run.removeSpool() }
            let cameras = (0..<4).map { _ in CameraID() }
            try run.start(cameras[0], "rtsp://10.1.2.3/stream")
            try run.start(cameras[1], url("cam1?fault=redirect:rtsp://169.254.169.254/x"))
            try run.start(cameras[2], url("cam2?fault=unauthorized"))
            try run.start(cameras[3], "rtsp://127.0.0.1:\(LoopbackAddress.unusedPort)/x")
            let refused = try await run.wait(for: cameras[0]) { $0.state == .offline }
            #expect(refused?.reasons.first?.contains("CAMERA_NETWORKS") == true)
            let redirected = try await run.wait(for: cameras[1]) { $0.state == .offline }
            #expect(redirected?.reasons.first?.hasPrefix("169.254.169.254 is outside") == true)
            let unauthorized = try await run.wait(for: cameras[2]) { $0.state == .authFailed }
            #expect(unauthorized?.gap == .authFailed)
            let closed = try await run.wait(for: cameras[3]) { $0.state == .offline }
            #expect(closed?.gap == .connectFailed)
            #expect(try await run.end() == 0)
        }
    }

    @Test(arguments: [FarmAuthentication.basic, .digestMD5, .digestSHA256])
    func `a password opens the camera and is found nowhere`(
        authentication: FarmAuthentication
    ) async throws {
        let canary = "canary-\(UInt64.random(in: 0 ... .max))"
        let credentials = CameraCredentials(user: "viewer", password: canary)
        try await Farm.run(count: 2, authentication: authentication, credentials: credentials) {
            farm,
            url in
            let run = try RecorderRun()
            defer { run.removeSpool() }
            let (right, wrong) = (CameraID(), CameraID())
            try run.start(right, url("cam0"), credentials: credentials)
            try run.start(
                wrong,
                url("cam1"),
                credentials: CameraCredentials(user: "viewer", password: canary + "x")
            )
            #expect(try await run.reaches(.live, right))
            #expect(try await run.reaches(.authFailed, wrong))
            try await Task.sleep(for: .seconds(1))
            for name in ["cmdline", "environ"] {
                let path = "/proc/\(run.processID)/\(name)"
                let text = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
                #expect(!String(decoding: text, as: UTF8.self).contains(canary))
            }
            #expect(try await run.end() == 0)
            #expect(!run.output.contains { $0.contains(canary) })
            let found = try Program.run("grep", ["-rl", canary, run.spool])
            #expect(found.output == "")
            // One refused attempt, then a long pause.
            #expect(run.states(wrong).count { $0.state == .authFailed } == 1)
        }
    }

    @Test func `a killed recorder leaves chunks that play up to their last fragment`() async throws
    {
        try await Farm.run(count: 1) { farm, url in
            let camera = CameraID()
            let run = try RecorderRun(chunkSeconds: 60)
            defer { run.removeSpool() }
            try run.start(camera, url("cam0"))
            #expect(try await run.reaches(.live, camera))
            try await Task.sleep(for: .seconds(3))
            try await run.killNow()
            let chunks = try run.chunks(camera)
            try check(chunks)
            expectEachOnce(chunks)
            #expect(chunks[0].journal.end == nil)
            #expect(chunks[0].pictures.count > 30)
        }
    }

    @Test func `after a restart the first chunk tells what is missing`() async throws {
        try await Farm.run(count: 1) { farm, url in
            let camera = CameraID()
            let run = try RecorderRun()
            defer { run.removeSpool() }
            let until = WallTime(
                microseconds: Int64(Date().timeIntervalSince1970 * 1e6) - 30_000_000
            )
            try run.start(camera, url("cam0"), recordedUntil: until)
            #expect(try await run.reaches(.live, camera))
            try await Task.sleep(for: .seconds(2))
            #expect(try await run.end() == 0)
            let header = try #require(try run.chunks(camera).first?.header)
            let gap = try #require(header.precedingGap)
            #expect(gap.start == until)
            #expect(gap.end == header.start)
            #expect(gap.reason == .recorderCrash)
        }
    }

    @Test func `a disk that fails is a gap and never the end`() async throws {
        try await Farm.run(count: 1) { farm, url in
            let camera = CameraID()
            let run = try RecorderRun()
            defer { run.removeSpool() }
            // A file where the stream's folder should be.
            let obstacle = run.spool + "/\(camera)"
            #expect(FileManager.default.createFile(atPath: obstacle, contents: nil))
            try run.start(camera, url("cam0"))
            let failed = try await run.wait(for: camera) { $0.gap == .diskFull }
            #expect(failed?.state == .degraded)
            try FileManager.default.removeItem(atPath: obstacle)
            try await Task.sleep(for: .seconds(8))
            #expect(try await run.end() == 0)
            let chunks = try run.chunks(camera)
            try check(chunks)
            #expect(chunks.first?.header?.precedingGap?.reason == .diskFull)
            expectEachOnce(chunks)
        }
    }

    @Test func `the sandbox refuses what a recorder does not need`() async throws {
        let folder = "/tmp/sparc-probe-\(UInt64.random(in: 0 ... .max))"
        let keys = folder + "-keys"
        for path in [folder, keys] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        defer {
            try? FileManager.default.removeItem(atPath: folder)
            try? FileManager.default.removeItem(atPath: keys)
        }
        try Data([1]).write(to: URL(fileURLWithPath: keys + "/master"))
        let request = RecorderProbe.Request(
            .init(
                spool: folder,
                files: ["/etc/passwd", keys + "/master", keys],
                unixSockets: [keys + "/.s.PGSQL.5432"]
            )
        )
        let run = try RecorderRun(first: [UInt8](JSONEncoder().encode(request)), spool: folder)
        #expect(try await run.end() == 0)
        let line = try #require(run.output.first)
        let report = try JSONDecoder().decode(RecorderProbe.Report.self, from: Data(line.utf8))
        #expect(report.layers.contains("seccomp"))
        #expect(report.layers.contains { $0.hasPrefix("landlock") })
        #expect(report.canMakeTCPSockets && report.canWriteToSpool)
        for finding in report.findings { #expect(finding.isRefused, "\(finding.attempt)") }
    }

    @Test func `it ends with its input, also before it is configured`() async throws {
        let idle = try RecorderRun()
        defer { idle.removeSpool() }
        #expect(try await idle.end() == 0)
        let bare = try RecorderRun(first: Array("not json".utf8))
        defer { bare.removeSpool() }
        #expect(try await bare.end() == 1)
    }
}
