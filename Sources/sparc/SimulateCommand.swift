import ArgumentParser
import CameraSimulator
import Domain
import Foundation
import Logging
import Processes
import ServiceLifecycle
import Settings

/// `sparc simulate cameras`: an RTSP camera farm for demos, tests and benchmarks.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulate devices.",
        subcommands: [Cameras.self]
    )

    struct Cameras: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve simulated cameras over RTSP on 127.0.0.1.",
            discussion: """
                Camera N is rtsp://127.0.0.1:PORT/camN; faults are asked for in the URL's query \
                (Fixtures/README.md lists them).
                """
        )

        @Option(help: "How many cameras.")
        var count = 1

        @Option(help: "Port to listen on.")
        var port = 8_554

        @Option(help: "An Annex-B .h264 or .h265 file; audio from the .aac file of the same name.")
        var clip: String?

        @Option(help: "Milliseconds over which the clips begin; 0 for one picture interval.")
        var spread = 0

        @Option(help: "Folder of the clips, for --demo and as the default clip's place.")
        var fixtures = "Fixtures"

        @Flag(help: "The three cameras of `sparc up --demo`.")
        var demo = false

        func validate() throws {
            guard (1...4_096).contains(count) else {
                throw ValidationError("--count must be from 1 to 4096, for example --count 3")
            }
            guard (0...60_000).contains(spread) else {
                throw ValidationError("--spread must be from 0 to 60000, for example --spread 2000")
            }
            guard (0...65_535).contains(port) else {
                throw ValidationError("--port must be from 0 to 65535, for example --port 8554")
            }
        }

        func run() async throws {
            let logger = ProcessLog.start("simulator", level: .info)
            let configuration =
                demo
                ? FarmConfiguration.demo(fixtures: fixtures, port: port)
                : FarmConfiguration(
                    port: port,
                    count: count,
                    clips: [clip ?? fixtures + "/demo.h264"],
                    spreadMilliseconds: spread
                )
            do {
                let farm = try CameraFarm(configuration: configuration)
                try await RoleRunner.run(FarmService(farm: farm), logger: logger)
            } catch let error as ExitCode {
                throw error
            } catch {
                FileHandle.standardError.write(Data("sparc simulate: \(error)\n".utf8))
                throw ExitCode(1)
            }
        }
    }

    private struct FarmService: Service {
        let farm: CameraFarm

        func run() async throws {
            try await cancelWhenGracefulShutdown { try await farm.run() }
        }
    }
}
