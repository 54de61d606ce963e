import Database
import Domain
import Foundation
import TestSupport

/// What a camera's footage costs at an object store, with chunks of a minute and, the same program
/// told so, with one object per segment. The store is a server that counts.
struct RequestsBenchmark {
    /// Seconds of a chunk: as installed, and as short as a segment.
    private static let spans = [60, 4]

    let cameras: Int
    /// Chunks of a minute; as many seconds of short ones.
    let chunks: Int
    let machine: Machine

    func run(_ results: ResultsFile) async throws {
        var bills: [Int: StoreBill] = [:]
        for span in Self.spans {
            let wait = span == 60 ? chunks * 60 : 60
            Text.say("requests: \(cameras) cameras, objects of \(span) s, \(wait) s")
            let simulator = try await Simulator.start(cameras: cameras, spread: 2_000)
            let server = try await LyingServer { _, _ in .none }
            let environment = [
                "SPARC_CHUNK_SECONDS": String(span), "S3_BUCKET": "bucket",
                "S3_ENDPOINT": server.url, "AWS_ACCESS_KEY_ID": "AKIA",
                "AWS_SECRET_ACCESS_KEY": "secret",
            ]
            let installation = try SparcInstallation(
                isDemo: false,
                environment: SparcMethod.environment.merging(environment) { $1 }
            )
            do {
                let bill = try await measure(installation, simulator, server, wait: wait)
                bills[span] = bill
                for line in bill.lines { Text.say("  " + line) }
                var figures = bill.figures
                figures["chunk_seconds"] = Double(span)
                figures["cameras"] = Double(cameras)
                try results.append(ResultRow("requests", "sparc", figures, machine: machine))
            } catch {
                let log = installation.log.suffix(3_000)
                await installation.cleanUp()
                await simulator.stop()
                throw BenchFailure("\(error)\n\(log)")
            }
            await installation.cleanUp()
            await simulator.stop()
            try await server.stop()
        }
        if let long = bills[60], let short = bills[4] {
            Text.say(
                "  one object per segment costs \(Text.number(short.requestPrice / long.requestPrice)) "
                    + "times as much in requests, \(Text.number(short.price - long.price)) USD more "
                    + "a camera-month in all"
            )
        }
    }

    private func measure(
        _ installation: SparcInstallation,
        _ simulator: Simulator,
        _ server: LyingServer,
        wait: Int
    ) async throws -> StoreBill {
        try await installation.start()
        let viewer = try await Viewer.logIn(installation)
        _ = try await SparcMethod.addCameras(simulator, to: viewer)
        // The last chunk has to close and to be stored.
        try await Task.sleep(for: .seconds(wait + 20))
        let connection = try await installation.openDatabase()
        let rows = try await connection.run { session throws(DatabaseError) in
            try session.query(
                """
                SELECT count(*), coalesce(sum(extract(epoch FROM end_at - start_at)), 0)::float8,
                    coalesce(sum(length_bytes), 0)::bigint
                FROM sparc.chunks
                """
            ).decode { row throws(DatabaseError) in
                (
                    objects: try row.next(Int.self), seconds: try row.next(Double.self),
                    bytes: try row.next(Int.self)
                )
            }
        }
        await connection.close()
        guard let row = rows.first, row.objects > 0, row.seconds > 0 else {
            throw BenchFailure("nothing was stored")
        }
        return StoreBill(
            objects: row.objects,
            footageSeconds: row.seconds,
            bytes: row.bytes,
            requests: server.state.methods
        )
    }
}
