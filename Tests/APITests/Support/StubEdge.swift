import API
import Domain
import Synchronization

/// A live edge that answers what a test tells it to; nothing is contacted.
final class StubEdge: EdgeReading {
    struct State {
        var playlists: [CameraID: String] = [:]
        var holdings: [CameraID: SpoolHoldings] = [:]
        var media: [String: [UInt8]] = [:]
        var failure: EdgeError?
        /// The one edge that has something; nil for every edge.
        var holder: String?
        var targets: [String] = []
        /// Paths of media that are still written to: their length is not told.
        var growing: Set<String> = []
        /// Bytes of each media answer.
        var lengths: [Int] = []
    }

    let state = Mutex(State())

    func livePlaylist(
        at edge: String,
        camera: CameraID,
        stream: StreamRole
    ) async throws(EdgeError) -> String {
        try state.withLock { state throws(EdgeError) in
            if let failure = state.failure { throw failure }
            guard let text = state.playlists[camera] else { throw EdgeError(.notFound) }
            return text
        }
    }

    func holdings(
        at edge: String,
        camera: CameraID,
        stream: StreamRole,
        from: WallTime,
        to: WallTime
    ) async throws(EdgeError) -> SpoolHoldings {
        try state.withLock { state throws(EdgeError) in
            if let failure = state.failure { throw failure }
            if let holder = state.holder, edge != holder { throw EdgeError(.notFound) }
            return state.holdings[camera] ?? SpoolHoldings(chunks: [], gaps: [])
        }
    }

    func media(
        at edge: String,
        target: String,
        range: String?
    ) async throws(EdgeError) -> EdgeMedia {
        try state.withLock { state throws(EdgeError) in
            state.targets.append(target)
            if let failure = state.failure { throw failure }
            if let holder = state.holder, edge != holder { throw EdgeError(.notFound) }
            let path = target.split(separator: "?").first.map { String($0) } ?? ""
            guard let bytes = state.media[path] else { throw EdgeError(.notFound) }
            switch ByteRange.parse(range, length: bytes.count) {
            case .part(let part):
                state.lengths.append(part.count)
                let total = state.growing.contains(path) ? "*" : "\(bytes.count)"
                return EdgeMedia(
                    status: 206,
                    contentType: "video/mp4",
                    contentRange: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(total)",
                    bytes: Array(bytes[part])
                )
            case .unsatisfiable:
                return EdgeMedia(
                    status: 416,
                    contentType: "video/mp4",
                    contentRange: "bytes */\(bytes.count)",
                    bytes: []
                )
            case .whole:
                state.lengths.append(bytes.count)
                return EdgeMedia(
                    status: 200,
                    contentType: "video/mp4",
                    contentRange: nil,
                    bytes: bytes
                )
            }
        }
    }
}
