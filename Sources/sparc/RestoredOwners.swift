import Catalog
import Domain
import Foundation
import PasswordHash

/// A first user for organisations that came back from the bucket without any.
struct RestoredOwners {
    /// What is printed once.
    struct Owner: Encodable {
        var organisation: String
        var email: String
        /// A secret.
        var password: String
    }

    /// An organisation that has no owner yet, and why.
    struct Failure: Encodable {
        var organisation: String
        var reason: String
    }

    private(set) var made: [Owner] = []
    private(set) var failures: [Failure] = []

    /// Makes an owner of each organisation with footage that has no user. What fails for one of them
    /// is noted and holds up no other.
    ///
    /// - Parameters:
    ///   - email: Nil makes none.
    ///   - show: Gets each owner before it is stored: a password that nobody saw would lock out for
    ///     good whoever ends the command in that moment.
    static func make(
        _ email: String?,
        _ catalog: Catalog,
        show: (Owner) -> Void
    ) async throws -> RestoredOwners {
        var owners = RestoredOwners()
        guard let email else { return owners }
        for (tenant, name) in try await catalog.tenantsWithFootage() {
            do {
                if try await catalog.hasUsers(tenant) { continue }
                let owner = Owner(organisation: name, email: email, password: password())
                let hash = try await PasswordHasher.hash(owner.password)
                show(owner)
                _ = try await catalog.createUser(
                    tenant,
                    email: email,
                    passwordHash: hash,
                    role: "owner"
                )
                owners.made.append(owner)
            } catch {
                owners.failures.append(Failure(organisation: name, reason: "\(error)"))
            }
        }
        return owners
    }

    /// 24 letters and digits that are not mistaken for each other: 119 bits.
    private static func password() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String(
            (0..<24).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
        )
    }
}
