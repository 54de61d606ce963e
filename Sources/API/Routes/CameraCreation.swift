internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Identity
internal import Keys

/// Adds one camera, its passwords sealed; once for each idempotency key.
struct CameraCreation {
    let services: APIServices
    let tenant: TenantID

    /// The camera's id: random, or made from person and idempotency key, so that the table's own
    /// key keeps a repeated request from adding a second camera, for ever and on every coordinator.
    static func id(
        _ headers: HTTPFields,
        _ principal: Principal,
        _ keys: KeyRing
    ) throws(Problem) -> CameraID? {
        guard let key = try Creation.key(headers) else { return nil }
        let bytes = keys.derive(
            KeyPurpose("camera-id/1/\(principal.tenant)/\(principal.user)/\(key)")
        )
        var digits = bytes.prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        // Version 8, variant 10 (RFC 9562 5.8): bits of our own.
        digits[6] = "8" + digits[6].suffix(1)
        digits[8] = "a" + digits[8].suffix(1)
        let text = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
            .joined(separator: "-")
        return CameraID(text)
    }

    static let noSuchSite = Problem.invalid(
        "site_id",
        "there is no such site",
        example: "leave it out"
    )

    func run(_ wanted: CameraRequest, id: CameraID?) async throws -> Camera {
        let camera = try await new(wanted, id: id ?? CameraID())
        do throws(CatalogError) {
            return try await services.catalog.createCamera(tenant, camera)
        } catch {
            switch error.code {
            case .conflict:
                if let id, let known = try await services.catalog.camera(tenant, id) {
                    return try await check(known, is: wanted)
                }
                guard error.constraint == Catalog.cameraLimitConstraint else { throw error }
                throw Problem(
                    .notPossible,
                    "The organisation has as many cameras as it may have; its provider sets that."
                )
            case .notFound where wanted.site != nil:
                throw Self.noSuchSite
            default: throw error
            }
        }
    }

    private func new(_ wanted: CameraRequest, id: CameraID) async throws -> NewCamera {
        var streams: [CameraStream] = []
        for stream in wanted.streams {
            var sealed: [UInt8]?
            if let credentials = stream.credentials {
                sealed = try await CameraSecrets.seal(
                    credentials,
                    for: (tenant, id, stream.role),
                    in: services.envelope
                )
            }
            streams.append(
                CameraStream(
                    role: stream.role,
                    url: stream.url.description,
                    credentials: sealed
                )
            )
        }
        return NewCamera(
            id: id,
            site: wanted.site,
            name: wanted.name,
            retentionDays: wanted.retentionDays,
            streams: streams
        )
    }

    /// The camera of an earlier request with the same key, if that asked for the same.
    private func check(_ known: Camera, is wanted: CameraRequest) async throws -> Camera {
        var isSame =
            known.name == wanted.name && known.site == wanted.site && known.removedAt == nil
            && known.retentionDays == wanted.retentionDays ?? known.retentionDays
            && known.streams.map(\.role) == wanted.streams.map(\.role)
        for (stream, wanted) in zip(known.streams, wanted.streams) where isSame {
            isSame = stream.url == wanted.url.description
            guard isSame else { break }
            isSame = try await credentials(of: stream, known.id) == wanted.credentials
        }
        guard isSame else {
            throw Problem(
                .keyReused,
                "Nothing was changed. Use a new Idempotency-Key for a new request.",
                errors: [
                    FieldProblem(
                        "Idempotency-Key",
                        "was used for another camera, or for one that was "
                            + "removed since",
                        example: CameraID().description
                    )
                ]
            )
        }
        return known
    }

    /// Nil also for what does not open: it is not what is asked for.
    private func credentials(
        of stream: CameraStream,
        _ camera: CameraID
    ) async throws -> CameraCredentials? {
        guard let sealed = stream.credentials else { return nil }
        do {
            return try await CameraSecrets.open(
                sealed,
                for: (tenant, camera, stream.role),
                in: services.envelope
            )
        } catch let error as KeysError where !error.isRetryable {
            return nil
        }
    }
}
