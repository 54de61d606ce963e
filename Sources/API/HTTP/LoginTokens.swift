internal import Domain
internal import FoundationEssentials
internal import Hummingbird
internal import Identity
internal import Keys

/// The tokens that every kind of login ends with.
struct LoginTokens: Encodable {
    var accessToken: String
    var refreshToken: String
    var tokenType = "Bearer"
    var expiresIn: Int64
}

extension APIServices {
    /// The tokens of a session.
    /// - Parameter generation: Number of its refresh token.
    func tokens(of principal: Principal, generation: Int64) async throws -> Response {
        let seconds = now().microseconds / 1_000_000
        let access = TokenClaims(
            tenant: principal.tenant,
            user: principal.user,
            role: principal.roleName,
            session: principal.session,
            id: UUID().uuidString.lowercased(),
            issuedAt: seconds,
            expiresAt: seconds + accessLifetime,
            permissions: principal.role == .own
                ? principal.ownPermissions.map(\.rawValue).sorted() : nil
        )
        let refresh = RefreshToken(
            tenant: principal.tenant,
            session: principal.session,
            generation: generation
        )
        return JSONText.response(
            LoginTokens(
                accessToken: try await tokens.sign(access),
                refreshToken: refresh.text(key: keys.derive(.refreshToken)),
                expiresIn: accessLifetime
            )
        )
    }
}
