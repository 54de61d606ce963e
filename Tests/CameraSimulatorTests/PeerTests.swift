import CameraSimulator
import Domain
import Foundation
import Testing

/// The farm against players that nobody here wrote.
@Suite(.timeLimit(.minutes(2)))
struct PeerTests {
    private struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        func text(_ pipe: Pipe) -> String {
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        return Outcome(
            status: process.terminationStatus,
            output: text(output),
            errors: text(errors)
        )
    }

    /// Decodes three seconds; any error of demuxer or decoder fails.
    private static func decode(_ url: String, seconds: Int = 3) async throws -> Outcome {
        try await run(
            "ffmpeg",
            [
                "-nostdin", "-hide_banner", "-loglevel", "warning", "-xerror", "-err_detect",
                "explode", "-rtsp_transport", "tcp", "-i", url, "-t", String(seconds), "-f", "null",
                "-",
            ]
        )
    }

    @Test(arguments: [
        "/cam0", "/cam1", "/cam0?pack=aggregate", "/cam1?pack=aggregate", "/cam0?gop=2",
        "/cam0?gop=none",
    ])
    func `ffmpeg decodes without a word`(path: String) async throws {
        let configuration = TestFarm.configuration(count: 2, clips: ["demo.h264", "demo.h265"])
        try await TestFarm.with(configuration) { _, port in
            let outcome = try await Self.decode("rtsp://127.0.0.1:\(port)\(path)")
            #expect(outcome.errors == "")
            #expect(outcome.status == 0)
        }
    }

    @Test(arguments: [FarmAuthentication.basic, .digestMD5, .any])
    func `ffmpeg proves who it is`(authentication: FarmAuthentication) async throws {
        let configuration = TestFarm.configuration(
            authentication: authentication,
            credentials: CameraCredentials(user: "viewer", password: "secret")
        )
        try await TestFarm.with(configuration) { farm, port in
            let good = try await Self.decode(
                "rtsp://viewer:secret@127.0.0.1:\(port)/cam0",
                seconds: 1
            )
            #expect(good.errors == "")
            #expect(good.status == 0)
            #expect(farm.counters.cameras[0].authenticationFailures == 0)
            let bad = try await Self.decode(
                "rtsp://viewer:wrong@127.0.0.1:\(port)/cam0",
                seconds: 1
            )
            #expect(bad.errors.contains("401"))
            #expect(bad.status != 0)
            #expect(farm.counters.cameras[0].authenticationFailures > 0)
            let stale = try await Self.decode(
                "rtsp://viewer:secret@127.0.0.1:\(port)/cam0?fault=stale",
                seconds: 1
            )
            #expect(stale.errors == "")
            #expect(stale.status == 0)
            try await farm.apply(.unauthorized, camera: 0)
            let late = try await Self.decode(
                "rtsp://viewer:secret@127.0.0.1:\(port)/cam0",
                seconds: 1
            )
            #expect(late.errors.contains("401"))
        }
    }

    @Test func `ffprobe sees both codecs, sizes and the audio`() async throws {
        let configuration = TestFarm.configuration(
            count: 3,
            clips: ["demo.h264", "demo.h265", "bframes.h264"]
        )
        try await TestFarm.with(configuration) { farm, port in
            try await farm.apply(.clip("small"), camera: 0)
            func probe(_ camera: Int) async throws -> [String] {
                let outcome = try await Self.run(
                    "ffprobe",
                    [
                        "-v", "error", "-rtsp_transport", "tcp", "-show_entries",
                        "stream=codec_name,width,height,sample_rate", "-of", "csv=p=0",
                        "rtsp://127.0.0.1:\(port)/cam\(camera)",
                    ]
                )
                #expect(outcome.errors == "")
                return outcome.output.split(separator: "\n").map(String.init)
            }
            #expect(try await probe(0) == ["h264,480,270", "aac,16000"])
            #expect(try await probe(1) == ["hevc,640,360", "aac,16000"])
            #expect(try await probe(2) == ["h264,640,360"])
        }
    }
}
