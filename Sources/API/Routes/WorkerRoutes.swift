internal import Alerting
internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Keys
internal import Logging
internal import Telemetry

/// `/internal/v1/workers`: what ingest workers and the coordinator tell each other.
struct WorkerRoutes {
    /// Largest body, bytes: 64 offers of chunks with up to 2,048 segments are far less, as are
    /// 1,000 liveness entries.
    static let bodyLimit = 16 << 20
    /// Readings of a list in which a key is gone each time, before the value counts as damaged: for
    /// each of them a whole rotation must end in between.
    static let readLimit = 4

    /// Longest name of a worker, bytes: a host has one of at most 253 (RFC 1035 section 2.3.4).
    static let nameLimit = 253

    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.post("/internal/v1/workers") { request, _ in try await register(request) }
        router.get("/internal/v1/workers/:id/assignments") { request, context in
            try await assignments(request, context)
        }
        router.post("/internal/v1/workers/:id/liveness") { request, context in
            try await liveness(request, context)
        }
        router.post("/internal/v1/workers/:id/chunks") { request, context in
            try await chunks(request, context)
        }
        router.post("/internal/v1/workers/:id/drops") { request, context in
            try await drops(request, context)
        }
    }

    private func register(_ request: Request) async throws -> Response {
        try services.checkWorker(request)
        let registration = try await decode(WorkerRegistration.self, request)
        guard registration.edge.hasPrefix("http://"), registration.edge.utf8.count <= 256 else {
            throw Problem.invalid(
                "edge",
                "must be an http URL without a path",
                example: "http://127.0.0.1:41234"
            )
        }
        guard registration.name.utf8.count <= Self.nameLimit, registration.highestEpoch >= 0 else {
            throw Problem.invalid(
                "name",
                "has more than \(Self.nameLimit) bytes, or highestEpoch is below 0",
                example: "recorder-1"
            )
        }
        try await services.catalog.registerWorker(registration)
        services.workers.forget()
        try await renewEpochs(registration)
        await services.fleet.reconsider()
        return try JSONText.plainResponse(
            WorkerWelcome(
                mediaKey: services.keys.derive(.mediaSignature).map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined(),
                mediaKeyID: services.signer.keyID
            )
        )
    }

    /// A spool that is ahead of its leases means that the database was restored from a backup:
    /// grants above the spool's highest epoch, so that no chunk's name is used twice.
    private func renewEpochs(_ registration: WorkerRegistration) async throws {
        let leased = try await services.catalog.assignments(registration.worker)
        let highest = leased.compactMap { $0.lease?.epoch }.max() ?? 0
        guard !leased.isEmpty, registration.highestEpoch > highest else { return }
        for stream in leased {
            do throws(CatalogError) {
                _ = try await services.catalog.grant(
                    registration.worker,
                    stream.tenant,
                    stream.camera,
                    stream.stream,
                    replacing: LeaseCondition(epoch: stream.lease?.epoch)
                )
            } catch {
                // Moved or removed since it was listed: a newer epoch, or none.
                guard error.code == .notFound else { throw error }
            }
        }
    }

    private func assignments(
        _ request: Request,
        _ context: APIContext
    ) async throws -> Response {
        try services.checkWorker(request)
        let worker = try await worker(context)
        let assignments = try await assignments(of: worker, context)
        let tag = Self.entityTag(assignments)
        guard request.headers[.ifNoneMatch] != tag else {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        var response = try JSONText.plainResponse(WorkerAssignments(streams: assignments))
        response.headers[.eTag] = tag
        return response
    }

    /// What a worker has to record. A rotation may end a key between the list and its reading: the
    /// list is read again then.
    private func assignments(
        of worker: WorkerID,
        _ context: APIContext
    ) async throws -> [WorkerAssignment] {
        for _ in 1..<Self.readLimit {
            do {
                return try await read(worker, context, isLast: false)
            } catch let error as KeysError where error.code == .keyReplaced {}
        }
        return try await read(worker, context, isLast: true)
    }

    private func read(
        _ worker: WorkerID,
        _ context: APIContext,
        isLast: Bool
    ) async throws -> [WorkerAssignment] {
        var assignments: [WorkerAssignment] = []
        for stream in try await services.catalog.assignments(worker) {
            guard let lease = stream.lease else { continue }
            assignments.append(
                WorkerAssignment(
                    tenant: stream.tenant,
                    camera: stream.camera,
                    stream: stream.stream,
                    url: stream.url,
                    credentials: try await credentials(of: stream, context, isLast: isLast),
                    epoch: lease.epoch,
                    retentionDays: stream.retentionDays,
                    recordedUntil: stream.recordedUntil
                )
            )
        }
        return assignments
    }

    /// Equal for equal work, in one process of the coordinator. What has been registered meanwhile
    /// does not count: the worker's spool knows it better.
    private static func entityTag(_ assignments: [WorkerAssignment]) -> String {
        var hasher = Hasher()
        for var assignment in assignments {
            assignment.recordedUntil = nil
            hasher.combine(assignment)
        }
        return "\"\(UInt(bitPattern: hasher.finalize()))\""
    }

    /// A password that does not open: without credentials the camera shows `auth_failed`, which is
    /// better seen than a camera that nobody records. While keys or database are away, the request
    /// fails instead, and the worker goes on with the list that it has.
    /// - Parameter isLast: Whether a value whose key is gone is damaged.
    private func credentials(
        of stream: StreamToRecord,
        _ context: APIContext,
        isLast: Bool
    ) async throws -> CameraCredentials? {
        guard let sealed = stream.credentials else { return nil }
        do {
            return try await CameraSecrets.open(
                sealed,
                for: (stream.tenant, stream.camera, stream.stream),
                in: services.envelope
            )
        } catch let error as KeysError
            where error.code == .unavailable || error.code == .keyReplaced && !isLast
        {
            throw error
        } catch let error as CatalogError where error.isRetryable {
            throw error
        } catch {
            context.logger.error(
                "a camera's password cannot be decrypted",
                metadata: [
                    LogKey.camera: "\(stream.camera)",
                    LogKey.errorMessage: "\((error as? KeysError)?.description ?? "not JSON")",
                ]
            )
            return nil
        }
    }

    private func liveness(_ request: Request, _ context: APIContext) async throws -> Response {
        try services.checkWorker(request)
        let worker = try await worker(context)
        let report = try await decode(WorkerLiveness.self, request)
        try await services.catalog.reportLiveness(worker, report)
        return Response(status: .noContent)
    }

    private func chunks(_ request: Request, _ context: APIContext) async throws -> Response {
        try services.checkWorker(request)
        let worker = try await worker(context)
        let body = try await decode(ChunkOffers.self, request)
        guard 1...ChunkOffers.countLimit ~= body.offers.count else {
            throw Problem.invalid(
                "offers",
                "must have 1 to \(ChunkOffers.countLimit) entries",
                example: "1"
            )
        }
        let verdicts = try await services.catalog.registerChunks(worker, body.offers)
        count(verdicts)
        return try JSONText.plainResponse(ChunkVerdicts(verdicts: verdicts))
    }

    private func drops(_ request: Request, _ context: APIContext) async throws -> Response {
        try services.checkWorker(request)
        let worker = try await worker(context)
        let body = try await decode(ChunkDrops.self, request)
        guard 1...ChunkDrops.countLimit ~= body.drops.count else {
            throw Problem.invalid(
                "drops",
                "must have 1 to \(ChunkDrops.countLimit) entries",
                example: "1"
            )
        }
        let verdicts = try await services.catalog.recordDrops(worker, body.drops) {
            AlertEvents.event(of: $0, cameraName: $1, at: $2)
        }
        for verdict in verdicts {
            let counter = services.metrics.makeCounter(
                label: MetricName.catalogDrops,
                dimensions: [("verdict", verdict.rawValue)]
            )
            (counter as? PrometheusSeries)?.increment(by: Int64(1))
        }
        return try JSONText.plainResponse(DropVerdicts(verdicts: verdicts))
    }

    private func count(_ verdicts: [ChunkVerdict]) {
        for verdict in verdicts {
            let counter = services.metrics.makeCounter(
                label: MetricName.catalogChunks,
                dimensions: [("verdict", verdict.rawValue)]
            )
            (counter as? PrometheusSeries)?.increment(by: Int64(1))
        }
    }

    /// A worker that is not known registers again.
    private func worker(_ context: APIContext) async throws -> WorkerID {
        let id: WorkerID = try context.identifier("id")
        guard try await services.catalog.worker(id) != nil else { throw Problem.missing }
        return id
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type,
        _ request: Request
    ) async throws -> Value {
        let bytes = try await request.jsonBytes(limit: Self.bodyLimit)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Problem.invalid(
                Self.path(of: error),
                "is missing, or of another type or form",
                example: "see WorkerMessages of the same version"
            )
        } catch {
            throw Problem.invalid("body", "is not JSON", example: "{}")
        }
    }

    private static func path(of error: DecodingError) -> String {
        let keys: [any CodingKey] =
            switch error {
            case .keyNotFound(let key, let context): context.codingPath + [key]
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                context.codingPath
            @unknown default: []
            }
        return keys.isEmpty ? "body" : keys.map(\.stringValue).joined(separator: ".")
    }
}
