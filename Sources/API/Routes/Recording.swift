internal import Catalog
internal import Domain
internal import Hummingbird
internal import Logging
internal import Telemetry

/// Everything that is known of a stream's recording in a range: rows of the catalogue and what
/// workers' spools still hold.
struct Recording {
    /// How far before a range its first picture's key frame may lie, microseconds: smart codecs
    /// stretch a GOP to two minutes.
    static let leadIn: Int64 = 130_000_000
    /// Chunks of one answer; a day of four-second chunks is 21,600.
    static let chunkLimit = 32_768
    /// Workers asked for one answer: the one that has the stream, and those that had it before.
    static let workerLimit = 4
    /// The catalogue does not answer: only what the present worker's spool holds is there.
    static let noCatalogue = "catalogue_unavailable"
    /// More workers than that had the stream in the range.
    static let moreWorkers = "more_workers"

    /// Catalogued chunks.
    var rows: [CatalogedChunk] = []
    var gaps: [Gap] = []
    /// Chunks of spools; some are among the rows too.
    var held: [Chunk] = []
    var heldGaps: [Gap] = []
    /// Why a part may be missing: the value of `Sparc-Incomplete`.
    var incomplete: String?
    /// Whether the worker that has the stream answered.
    var isWorkerThere = false
}

/// Reads recordings.
struct RecordingReader {
    let services: APIServices
    let tenant: TenantID
    let camera: CameraID
    let stream: StreamRole

    /// Rows with segments, for a playlist.
    func archive(_ range: TimeRange) async throws -> Recording {
        let earliest = range.to.microseconds - TimeRange.limitSeconds * 1_000_000
        let from = WallTime(
            microseconds: max(range.from.microseconds - Recording.leadIn, earliest)
        )
        // The spool is asked before the catalogue: what it frees in between is in the rows.
        var recording = try await holdings(from, range.to)
        // A player does not wait for a database that has not answered a moment ago.
        if services.liveMemory.outage.isRecent, !recording.held.isEmpty {
            recording.incomplete = Recording.noCatalogue
            return recording
        }
        do {
            recording.rows = try await rows(from, range.to)
            recording.gaps = try await services.catalog.gaps(
                tenant,
                camera,
                stream,
                from: range.from,
                to: range.to
            )
        } catch let error as CatalogError where isOutage(error) {
            guard !recording.held.isEmpty else { throw error }
            recording.rows = []
            recording.incomplete = Recording.noCatalogue
        }
        return recording
    }

    /// Whether the database is away; a statement that takes too long is not that.
    private func isOutage(_ error: CatalogError) -> Bool {
        error.code == .unavailable
            || (error.code == .timeout && services.liveMemory.outage.isRecent)
    }

    /// What the spools hold. A worker that does not answer within a second is left out.
    func holdings(_ from: WallTime, _ to: WallTime) async throws -> Recording {
        var recording = Recording()
        let own = try await edge()
        var asked = own.map { [$0] } ?? []
        if own != nil, services.liveMemory.outage.isRecent {
            recording.incomplete = Recording.noCatalogue
        } else {
            do {
                asked = try await edges(own, from, to, &recording)
            } catch let error as CatalogError where isOutage(error) && own != nil {
                recording.incomplete = Recording.noCatalogue
            }
        }
        for edge in asked {
            do throws(EdgeError) {
                let held = try await services.edge.holdings(
                    at: edge,
                    camera: camera,
                    stream: stream,
                    from: from,
                    to: to
                )
                recording.held += held.chunks
                recording.heldGaps += held.gaps
                if edge == own { recording.isWorkerThere = true }
            } catch {
                if error.code == .notFound, edge == own { recording.isWorkerThere = true }
                if error.code == .notFound { continue }
                recording.incomplete = error.code.rawValue
                services.logger.warning(
                    "a worker did not tell what its spool holds",
                    metadata: [LogKey.camera: "\(camera)", LogKey.reason: "\(error)"]
                )
            }
        }
        return recording
    }

    /// The worker that has the stream, and those that had it at some time of the range: what they
    /// have not stored yet nobody else has. Of a silent one the answer is known without asking.
    private func edges(
        _ own: String?,
        _ from: WallTime,
        _ to: WallTime,
        _ recording: inout Recording
    ) async throws -> [String] {
        let now = services.now()
        let workers = try await services.catalog.workers(
            tenant,
            camera,
            stream,
            from: from,
            to: to,
            limit: Recording.workerLimit + 1
        )
        if workers.count > Recording.workerLimit { recording.incomplete = Recording.moreWorkers }
        var edges = own.map { [$0] } ?? []
        for worker in workers.prefix(Recording.workerLimit) where !edges.contains(worker.edge) {
            if now.microseconds - worker.seenAt.microseconds < HealthRoutes.workerSilence {
                edges.append(worker.edge)
            } else {
                recording.incomplete = EdgeError.Code.unreachable.rawValue
            }
        }
        return edges
    }

    /// The worker that has the stream.
    func edge() async throws -> String? {
        try await services.workers.edge(
            tenant,
            camera,
            stream,
            in: services.catalog,
            now: services.now()
        )
    }

    /// All rows, in pages.
    private func rows(_ from: WallTime, _ to: WallTime) async throws -> [CatalogedChunk] {
        var rows: [CatalogedChunk] = []
        var known: Set<ChunkIdentity> = []
        var next = from
        while true {
            let page = try await services.catalog.chunks(
                tenant,
                camera,
                stream,
                from: next,
                to: to
            )
            let new = page.filter { known.insert($0.sealed.chunk.identity).inserted }
            rows += new
            guard page.count >= CatalogedChunk.limit, let last = new.last else { return rows }
            guard rows.count < Recording.chunkLimit else {
                throw Problem.invalid(
                    "to",
                    "the range has too many chunks; ask for a shorter one",
                    example: "to=\(next)"
                )
            }
            next = last.sealed.chunk.start
        }
    }
}
