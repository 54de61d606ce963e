import Domain
import Foundation
import TestSupport
import Transfer

/// Asks for archive playlists of an hour, of a random camera at a random time, and checks them.
struct ArchivePlayback: Sendable {
    /// Requests before those that count: the first open the connections and warm what a server in
    /// use has warm.
    private static let warmUp = 100

    let viewer: Viewer
    let cameras: [Viewer.Camera]
    let fill: ArchiveFill
    /// Days at the front of which nothing is asked for, because they are being deleted.
    var skippedDays = 0

    /// - Parameters:
    ///   - requests: How many.
    ///   - encoding: `Accept-Encoding`.
    func times(_ requests: Int, encoding: String? = nil) async throws -> Percentiles {
        var seconds: [Double] = []
        for number in 0..<(requests + Self.warmUp) {
            let took = try await time(encoding)
            if number >= Self.warmUp { seconds.append(took) }
        }
        return Percentiles(seconds)
    }

    /// The same until the task is cancelled, without a warm-up.
    func timesUntilCancelled() async throws -> Percentiles {
        var seconds: [Double] = []
        while !Task.isCancelled {
            do { seconds.append(try await time(nil)) } catch {
                if Task.isCancelled { break }
                throw error
            }
        }
        return Percentiles(seconds)
    }

    /// From the request to the whole answer on loopback: the time in the server and some more.
    private func time(_ encoding: String?) async throws -> Double {
        guard let camera = cameras.randomElement() else { throw BenchFailure("no camera") }
        let skipped = Int64(skippedDays) * 86_400_000
        let hours = Int64((fill.days - skippedDays) * 24 - 1)
        let offset = skipped + Int64.random(in: 0..<hours * 3_600_000)
        let from = fill.start.adding(milliseconds: offset)
        let to = from.adding(milliseconds: 3_600_000)
        let headers = encoding.map { [(name: "Accept-Encoding", value: $0)] } ?? []
        let begun = ContinuousClock.now
        let answer = try await viewer.send(
            .get,
            "/hls/\(camera.id)/archive.m3u8?from=\(from)&to=\(to)",
            headers: headers
        )
        let took = (ContinuousClock.now - begun).seconds
        guard answer.status == 200 else {
            throw BenchFailure("archive.m3u8: status \(answer.status)")
        }
        if encoding == nil {
            let listed = PlaylistEntry.all(in: String(decoding: answer.body, as: UTF8.self))
            guard listed.count >= 900, !listed.contains(where: \.isGap) else {
                throw BenchFailure("archive.m3u8 lists \(listed.count) segments of an hour")
            }
        }
        return took
    }
}
