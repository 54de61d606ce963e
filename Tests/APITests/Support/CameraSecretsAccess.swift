import API
import Domain

/// Opens a sealed password as the coordinator would.
enum CameraSecretsAccess {
    static func open(
        _ sealed: [UInt8],
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        _ bed: TestBed
    ) async throws -> CameraCredentials {
        try await CameraSecrets.open(
            sealed,
            for: (tenant, camera, stream),
            in: bed.services.envelope
        )
    }
}
