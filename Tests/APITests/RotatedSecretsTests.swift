import API
import Catalog
import Database
import Domain
import Identity
import Jobs
import Keys
import Testing

/// What people log in with opens after a rotation of the organisation's data key, and only under the
/// new one.
struct RotatedSecretsTests {
    /// The key of a sealed value, and the value.
    private func sealed(_ bed: TestBed, _ sql: StaticString) async throws -> (Int64, [UInt8]) {
        let connection = try await Connection.open(bed.owner)
        let found = try await connection.run { session throws(DatabaseError) in
            try session.query(sql).decodeFirst { row throws(DatabaseError) in
                (try row.next(Int64.self), try row.next([UInt8].self))
            }
        }
        await connection.close()
        return try #require(found)
    }

    @Test func `second factors and secrets of providers go on after a rotation`() async throws {
        let bed = try await TestBed.isolation(.both)
        let owner = try await bed.member()
        let enrolled = try await EnrolledMember.make(bed, owner)
        let provider = IdentityProviderID()
        _ = try await bed.catalog.createIdentityProvider(
            owner.tenant,
            IdentityProvider(
                id: provider,
                name: "Example ID",
                issuer: "https://id.example.com",
                clientID: "sparc",
                emailDomains: [],
                assumesVerifiedEmail: false,
                isTrustedForFactor: false,
                createsPeople: false,
                role: Role.viewer.rawValue,
                isEnabled: false
            ),
            secret: try await ProviderSecrets.seal(
                "a secret of the provider's",
                owner.tenant,
                provider,
                in: bed.services.envelope
            ),
            by: ActingUser(tenant: owner.tenant, id: owner.user, role: Role.owner.rawValue)
        )
        let report = try await KeyRotation(
            catalog: bed.catalog,
            envelope: Envelope(ring: bed.services.keys, store: bed.catalog)
        ).run(owner.tenant)
        #expect(report.failures.isEmpty && report.sealed == 2 && report.deleted == [1])
        let seed = try await sealed(
            bed,
            "SELECT sealed_seed_key::bigint, sealed_seed FROM second_factors"
        )
        let secret = try await sealed(
            bed,
            "SELECT client_secret_key::bigint, client_secret FROM identity_providers"
        )
        #expect(seed.0 == 2 && secret.0 == 2)
        let opened = try await ProviderSecrets.open(
            secret.1,
            owner.tenant,
            provider,
            in: bed.services.envelope
        )
        #expect(opened == "a secret of the provider's")
        try await bed.run { api in
            let login = try await api.logIn(owner, code: enrolled.code(after: 1))
            #expect(login.status == 200, "\(login.text)")
        }
    }
}
