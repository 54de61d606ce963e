/// The bodies of `/internal/v1/workers/…`, the only thing a worker and a coordinator share.

/// `POST /internal/v1/workers`: who the worker is and where its live edge listens.
package struct WorkerRegistration: Sendable, Codable {
    package var worker: WorkerID
    /// Host name, for operators.
    package var name: String
    /// Base URL of the live edge as the coordinator reaches it, such as `http://127.0.0.1:41234`.
    package var edge: String
    /// Highest epoch in the worker's spool: the next grant is above it, also after a database was
    /// restored from a backup.
    package var highestEpoch: Int64

    package init(worker: WorkerID, name: String, edge: String, highestEpoch: Int64) {
        self.worker = worker
        self.name = name
        self.edge = edge
        self.highestEpoch = highestEpoch
    }
}

/// The answer to a registration.
package struct WorkerWelcome: Sendable, Codable {
    /// Key for media signatures: 32 bytes as 64 hex digits.
    package var mediaKey: String
    package var mediaKeyID: String

    package init(mediaKey: String, mediaKeyID: String) {
        self.mediaKey = mediaKey
        self.mediaKeyID = mediaKeyID
    }
}

/// `GET /internal/v1/workers/{id}/assignments`: every stream the worker has to record, always all.
package struct WorkerAssignments: Sendable, Codable {
    package var streams: [WorkerAssignment]

    package init(streams: [WorkerAssignment]) {
        self.streams = streams
    }
}

/// One stream to record, with what the coordinator knows of it.
package struct WorkerAssignment: Sendable, Codable, Hashable {
    package var tenant: TenantID
    package var camera: CameraID
    package var stream: StreamRole
    package var url: String
    package var credentials: CameraCredentials?
    package var epoch: Int64
    package var retentionDays: Int
    /// End of the newest registered chunk; nil for a camera never recorded.
    package var recordedUntil: WallTime?

    package init(
        tenant: TenantID,
        camera: CameraID,
        stream: StreamRole,
        url: String,
        credentials: CameraCredentials?,
        epoch: Int64,
        retentionDays: Int,
        recordedUntil: WallTime?
    ) {
        self.tenant = tenant
        self.camera = camera
        self.stream = stream
        self.url = url
        self.credentials = credentials
        self.epoch = epoch
        self.retentionDays = retentionDays
        self.recordedUntil = recordedUntil
    }
}

/// `POST /internal/v1/workers/{id}/liveness`: once every 2 s, and at once when a state changes.
package struct WorkerLiveness: Sendable, Codable {
    package var streams: [StreamLiveness]

    package init(streams: [StreamLiveness]) {
        self.streams = streams
    }
}

/// How one stream is doing.
package struct StreamLiveness: Sendable, Codable {
    package var tenant: TenantID
    package var status: StreamStatus
    package var statistics: StreamStatistics?
    /// The gap that is open now: its end is the time of this report.
    package var openGap: Gap?
    /// Bytes in the spool that the store does not have yet.
    package var backlogBytes: Int
    /// Nil from a worker that has not looked yet.
    package var backlog: SpoolBacklog?

    package init(
        tenant: TenantID,
        status: StreamStatus,
        statistics: StreamStatistics?,
        openGap: Gap?,
        backlogBytes: Int,
        backlog: SpoolBacklog? = nil
    ) {
        self.tenant = tenant
        self.status = status
        self.statistics = statistics
        self.openGap = openGap
        self.backlogBytes = backlogBytes
        self.backlog = backlog
    }
}

/// `POST /internal/v1/workers/{id}/chunks`: stored chunks to register.
package struct ChunkOffers: Sendable, Codable {
    /// Offers in one request; more wait for the next.
    package static let countLimit = 64
    package var offers: [ChunkOffer]

    package init(offers: [ChunkOffer]) {
        self.offers = offers
    }
}

/// One verdict per offer, in the order of the offers.
package struct ChunkVerdicts: Sendable, Codable {
    package var verdicts: [ChunkVerdict]

    package init(verdicts: [ChunkVerdict]) {
        self.verdicts = verdicts
    }
}

/// `GET /edge/spool/{camera}/{stream}?from&to` of a live edge: what the spool holds of a range.
package struct SpoolHoldings: Sendable, Codable {
    /// Chunks with their closed segments, oldest first; some may be registered already.
    package var chunks: [Chunk]
    /// Gaps before those chunks, and the open one up to now.
    package var gaps: [Gap]

    package init(chunks: [Chunk], gaps: [Gap]) {
        self.chunks = chunks
        self.gaps = gaps
    }
}
