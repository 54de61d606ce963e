package import Catalog
package import Domain
package import Identity
package import Keys

/// The seed of a person's one-time passwords as the catalogue holds it: sealed for one person of one
/// tenant.
package enum SecondFactorSeeds {
    /// Encrypts. Throws `KeysError`.
    package static func seal(
        _ seed: OneTimeSeed,
        _ tenant: TenantID,
        _ user: UserID,
        in envelope: Envelope
    ) async throws -> [UInt8] {
        try await envelope.seal(seed.bytes, for: context(tenant, user))
    }

    /// Decrypts. Throws `KeysError`, also for a value that was copied from another row; nil for one
    /// that holds no seed.
    package static func open(
        _ sealed: [UInt8],
        _ tenant: TenantID,
        _ user: UserID,
        in envelope: Envelope
    ) async throws -> OneTimeSeed? {
        OneTimeSeed(bytes: try await envelope.open(sealed, for: context(tenant, user)))
    }

    /// What a code proves, to be used up; nil if it is wrong, too old or used.
    /// - Parameter code: As it was typed.
    package static func proof(
        _ code: String,
        sealed: [UInt8],
        begunAt: WallTime,
        lastStep: Int64,
        _ tenant: TenantID,
        _ user: UserID,
        in envelope: Envelope,
        now: WallTime
    ) async throws -> FactorProof? {
        switch SecondFactorCode(code) {
        case nil: return nil
        case .recovery(let code): return .recovery(hash: code.hash(tenant, user))
        case .oneTime(let digits):
            guard let seed = try await open(sealed, tenant, user, in: envelope) else { return nil }
            return OneTimePassword.step(
                of: digits,
                seed: seed.bytes,
                at: now,
                after: lastStep
            ).map { .step($0, begunAt: begunAt) }
        }
    }

    private static func context(_ tenant: TenantID, _ user: UserID) -> EnvelopeContext {
        EnvelopeContext(purpose: "second_factors.seed", tenant: tenant, row: "\(user)")
    }
}
