internal import Crypto
import Domain
internal import FoundationEssentials
internal import JWTKit
package import Keys
internal import Synchronization

/// The Ed25519 keys of access tokens (RFC 8037), each derived from the master key by its period.
/// Prints nothing of them.
package final class SigningKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// Periods whose keys are kept; beyond it all are derived anew.
    private static let cacheLimit = 8

    private let ring: KeyRing
    private let collections = Mutex<[SigningPeriod: JWTKeyCollection]>([:])

    package init(_ ring: KeyRing) {
        self.ring = ring
    }

    /// The collection with the one key of a period. Throws `malformed` if it cannot be made.
    func collection(_ period: SigningPeriod) async throws(TokenError) -> JWTKeyCollection {
        if let known = collections.withLock({ $0[period] }) { return known }
        guard let key = try? EdDSA.PrivateKey(backing: privateKey(period)) else {
            throw TokenError(.malformed)
        }
        let made = await JWTKeyCollection().add(
            eddsa: key,
            kid: JWKIdentifier(string: period.keyID)
        )
        collections.withLock { collections in
            if collections.count >= Self.cacheLimit { collections = [:] }
            collections[period] = made
        }
        return made
    }

    /// The 32 bytes of a period's public key.
    package func publicKey(_ period: SigningPeriod) throws(TokenError) -> [UInt8] {
        do { return Array(try privateKey(period).publicKey.rawRepresentation) } catch {
            throw TokenError(.malformed)
        }
    }

    private func privateKey(_ period: SigningPeriod) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(
            rawRepresentation: ring.derive(.tokenSignature(period: period.number))
        )
    }

    package var description: String {
        "(signing keys)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
