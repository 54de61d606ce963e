import Foundation
import Processes
import TestSupport
import Testing

/// What a shell would take for commands in every field of a camera: no program is started but the
/// recorders, with arguments that nobody outside gives.
@Suite(.serialized) struct ShellWordsTests {
    private static let canary = "canary-shell-91be"

    /// Words that would make a file, in the ways of shells, of programs' options and of templates.
    private static func words(_ file: String) -> [String] {
        let touch = "touch${IFS}\(file)"
        return [
            "$(\(touch))", "`\(touch)`", ";\(touch);", "|\(touch)", "||\(touch)", "&\(touch)&",
            "&&\(touch)", "'\(touch)'", "';\(touch);'", "\";\(touch);\"", ">\(file)", "<\(file)",
            "$(<\(file))", "${\(file)}", "$'\\x60\(touch)\\x60'", "\\;\(touch)", "{\(touch),}",
            "!\(touch)", "*\(file)", "~\(file)", "#\(file)", "-o\(file)", "--output=\(file)",
            "-f${IFS}lavfi", "@\(file)", "%0a\(touch)", "%00\(touch)", "{{\(touch)}}",
            "${jndi:\(file)}", "%(\(touch))s", "pipe:\(file)", "concat:\(file)|\(file)",
            "file:\(file)", "subfile,,start,0,end,9,,:\(file)", "tee:\(file)", "$IFS$9\(touch)",
        ]
    }

    /// Bytes that a URL may have as they are; everything else percent-encoded.
    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    @Test func `no field of a camera starts anything`() async throws {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "LOG_LEVEL": "trace", "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let farm = try await SimulatedCameras()
        let file = "/tmp/\(Self.canary)-\(UUID().uuidString.prefix(8))"
        do {
            try await installation.start()
            try await expectNothingStarted(installation, farm, file)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(4_000))")
        }
        #expect(!FileManager.default.fileExists(atPath: file))
        await installation.cleanUp()
        await farm.stop()
    }

    private func expectNothingStarted(
        _ installation: SparcInstallation,
        _ farm: SimulatedCameras,
        _ file: String
    ) async throws {
        let viewer = try await Viewer.logIn(installation)
        let roles = ["up", "coordinator", "ingest"]
        let traced = installation.processes().filter { roles.contains($0.role) }
        #expect(Set(traced.map(\.role)) == Set(roles))
        let words = Self.words(file)
        let (made, refused) = (Counter(), Counter())
        let calls = ["execve", "execveat", "vfork", "fork"]
        let trace = try await SystemCallTrace.of(traced.map(\.id), calls) {
            for (index, word) in words.enumerated() {
                let text = Self.encoded(word)
                let host = "127.0.0.1:\(farm.port)"
                for url in [
                    "rtsp://\(text):\(text)@\(host)/cam\(index % 3)",
                    "rtsp://\(host)/cam\(index % 3)?\(text)", "rtsp://\(host)/\(text)",
                    "rtsp://\(host)/\(word)", "rtsp://\(word):\(word)@\(host)/cam0",
                    "rtsp://\(word)/cam0",
                ] {
                    let camera = try? await viewer.addCamera(name: word, url: url)
                    (camera == nil ? refused : made).add()
                }
            }
            try await Recording.waitUntilAllLive(
                viewer,
                count: words.count / 2,
                within: .seconds(60)
            )
        }
        let started = trace.calls("execve", "execveat")
        print(
            "shell words: \(words.count) words, \(made.value) cameras, \(refused.value) refused, "
                + "\(started.count) programs started: \(Set(started.map(Self.program)).sorted())"
        )
        for line in started {
            #expect(line.contains(SparcInstallation.executable), "\(line)")
            #expect(line.contains(#""recorder""#), "\(line)")
        }
        // Whole, as the recorder is started by design.
        let arguments = Set(started.map(Self.program))
        #expect(arguments.count <= 1, "\(arguments)")
        #expect(trace.lines(with: Self.canary).isEmpty)
        #expect(trace.lines(with: "touch").isEmpty)
        let mentioning = ProcessTable.all(mentioning: Self.canary)
        #expect(mentioning.isEmpty, "\(mentioning)")
        #expect(made.value > words.count)
    }

    /// What is executed, without the environment's address.
    private static func program(_ line: String) -> String {
        let call = line.split(separator: "(", maxSplits: 1).last ?? ""
        return String(call.split(separator: "]", maxSplits: 1).first ?? "")
    }

    private final class Counter {
        private(set) var value = 0
        func add() { value += 1 }
    }
}
