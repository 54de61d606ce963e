import Catalog
import Domain
import PasswordHash

/// A first user for organisations that came back from the bucket without any.
enum RestoredOwners {
    /// What is printed once.
    struct Owner: Encodable {
        var organisation: String
        var email: String
        /// A secret.
        var password: String
    }

    /// - Parameter email: Nil makes none.
    /// - Returns: Those who were made; an organisation that has a user gets none.
    static func make(_ email: String?, _ catalog: Catalog) async throws -> [Owner] {
        guard let email else { return [] }
        var names: [TenantID: String] = [:]
        for footage in try await catalog.protectedFootage() {
            names[footage.tenant] = footage.tenantName
        }
        var owners: [Owner] = []
        for (tenant, name) in names.sorted(by: { $0.key < $1.key }) {
            if try await catalog.hasUsers(tenant) { continue }
            let password = password()
            _ = try await catalog.createUser(
                tenant,
                email: email,
                passwordHash: try await PasswordHasher.hash(password),
                role: "owner"
            )
            owners.append(Owner(organisation: name, email: email, password: password))
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
