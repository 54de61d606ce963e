import Foundation
import Processes
import Sockets
import TestSupport
import Transfer

/// A farm of simulated cameras in a process of its own, and what it says of itself.
final class Simulator: Sendable {
    /// What `GET /counters` answers, as far as it matters here.
    struct Counters: Decodable, Sendable {
        struct Camera: Decodable, Sendable {
            var picturesSent: Int
            var picturesDropped: Int
            var sessionsNow: Int
        }

        var cameras: [Camera]
        var picturesLate: Int
        var latenessMaxMilliseconds: Double

        var sent: Int { cameras.reduce(0) { $0 + $1.picturesSent } }
        var dropped: Int { cameras.reduce(0) { $0 + $1.picturesDropped } }
    }

    /// Late pictures, of a thousand, beyond which the load was not what it says.
    static let lateLimit = 10

    private let child: ChildProcess
    private let client = HTTPClient(policy: nil)
    let port: Int
    let count: Int

    private init(cameras: Int, spread: Int) throws {
        guard let port = LoopbackPort.free() else { throw BenchFailure("no free port") }
        self.port = port
        count = cameras
        child = try ChildProcess(
            executable: SparcInstallation.executable,
            arguments: [
                "simulate", "cameras", "--count", String(cameras), "--port", String(port),
                "--clip", SparcInstallation.fixtures + "/bench.h264",
                "--spread", String(spread),
            ],
            environment: ["PATH": "/usr/bin:/bin", ParentWatch.variable: "1"],
            errorOutput: { _ in }
        )
    }

    /// Starts one and waits until it answers.
    /// - Parameter spread: Milliseconds over which the clips begin; 0 for one picture interval.
    static func start(cameras: Int, spread: Int = 0) async throws -> Simulator {
        let simulator = try Simulator(cameras: cameras, spread: spread)
        for _ in 0..<200 {
            if (try? await simulator.counters()) != nil { return simulator }
            try await Task.sleep(for: .milliseconds(50))
        }
        await simulator.stop()
        throw BenchFailure("the camera simulator did not start")
    }

    var processID: Int32 { child.processID }

    func url(_ camera: Int) -> String {
        "rtsp://127.0.0.1:\(port)/cam\(camera)"
    }

    func counters() async throws -> Counters {
        let answer = try await client.send(
            HTTPRequest(.get, "http://127.0.0.1:\(port)/counters", responseLimit: 4 << 20)
        )
        return try JSONDecoder().decode(Counters.self, from: Data(answer.body))
    }

    /// Why a measurement between two readings proves nothing; empty if it does.
    static func faults(_ before: Counters, _ after: Counters) -> [String] {
        var found: [String] = []
        let dropped = after.dropped - before.dropped
        if dropped > 0 { found.append("the simulator dropped \(dropped) pictures") }
        let late = after.picturesLate - before.picturesLate
        if late * 1_000 > (after.sent - before.sent) * lateLimit {
            found.append("the simulator sent \(late) of \(after.sent - before.sent) pictures late")
        }
        return found
    }

    func stop() async {
        _ = await child.stop(grace: .seconds(5))
        client.close()
    }
}
