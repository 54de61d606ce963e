internal import Catalog
package import Domain
internal import FoundationEssentials
package import Keys

/// A camera's user name and password as the catalogue holds them: sealed for one stream of one
/// camera of one tenant.
package enum CameraSecrets {
    package typealias Place = (tenant: TenantID, camera: CameraID, stream: StreamRole)

    /// Encrypts. Throws `KeysError` and `CatalogError`.
    package static func seal(
        _ credentials: CameraCredentials,
        for place: Place,
        in envelope: Envelope
    ) async throws -> [UInt8] {
        let plain = Array(try JSONEncoder().encode(credentials))
        return try await envelope.seal(plain, for: context(place))
    }

    /// Decrypts. Throws `KeysError`, also for a value that was copied from another row, and
    /// `CatalogError`.
    package static func open(
        _ sealed: [UInt8],
        for place: Place,
        in envelope: Envelope
    ) async throws -> CameraCredentials {
        let plain = try await envelope.open(sealed, for: context(place))
        return try JSONDecoder().decode(CameraCredentials.self, from: Data(plain))
    }

    private static func context(_ place: Place) -> EnvelopeContext {
        EnvelopeContext(
            purpose: SealedColumn.cameraCredentials.rawValue,
            tenant: place.tenant,
            row: "\(place.camera)/\(place.stream.rawValue)"
        )
    }
}
