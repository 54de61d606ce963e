internal import Catalog
internal import Domain
internal import Synchronization

/// Which worker has a stream, remembered for a moment: media is fetched far more often than streams
/// move.
package final class WorkerCache: Sendable {
    /// Microseconds that an answer is used.
    package static let lifetime: Int64 = 1_000_000
    /// Streams that are remembered; beyond it all are forgotten.
    package static let countLimit = 20_000

    private struct Key: Hashable, Sendable {
        var tenant: TenantID
        var camera: CameraID
        var stream: StreamRole
    }

    private struct Entry {
        var edge: String?
        var until: WallTime
    }

    private let entries = Mutex<[Key: Entry]>([:])
    /// For as long as the catalogue is away; not cleared by `forget`, because only the catalogue
    /// knows where streams are now.
    private let last: LastAnswers<Key, String>

    init(_ outage: CatalogOutage) {
        last = LastAnswers(outage)
    }

    /// Base URL of the live edge of the worker that has the stream; nil if none has.
    func edge(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        in catalog: Catalog,
        now: WallTime
    ) async throws(CatalogError) -> String? {
        let key = Key(tenant: tenant, camera: camera, stream: stream)
        if let known = entries.withLock({ $0[key] }), now < known.until { return known.edge }
        let edge = try await last.value(key) { () async throws(CatalogError) in
            try await catalog.worker(tenant, camera, stream)?.edge
        }
        let entry = Entry(
            edge: edge,
            until: WallTime(microseconds: now.microseconds + Self.lifetime)
        )
        entries.withLock { entries in
            if entries.count >= Self.countLimit { entries = [:] }
            // That there is none is not remembered: a new camera is looked for at once.
            if edge != nil { entries[key] = entry }
        }
        return edge
    }

    /// Forgets everything, after streams moved or a worker registered with another address.
    package func forget() {
        entries.withLock { $0 = [:] }
    }
}
