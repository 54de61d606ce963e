package import Domain
internal import JWTKit

/// What a token says; times in whole seconds since 1970.
package struct TokenClaims: Hashable, Sendable {
    package var tenant: TenantID
    package var user: UserID
    package var role: String
    /// The login that it comes from.
    package var session: SessionID
    /// Unique for each token.
    package var id: String
    package var issuedAt: Int64
    package var expiresAt: Int64
    /// The organisation that somebody on a visit comes from.
    package var home: TenantID?
    /// What a role of the organisation's own allows; nil with a built-in one.
    package var permissions: [String]?
    /// Whether it is good for nothing but enrolling a second factor.
    package var enrolsOnly: Bool

    package init(
        tenant: TenantID,
        user: UserID,
        role: String,
        session: SessionID,
        id: String,
        issuedAt: Int64,
        expiresAt: Int64,
        home: TenantID? = nil,
        permissions: [String]? = nil,
        enrolsOnly: Bool = false
    ) {
        self.permissions = permissions
        self.home = home
        self.tenant = tenant
        self.user = user
        self.role = role
        self.session = session
        self.id = id
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.enrolsOnly = enrolsOnly
    }
}

/// The claims as they are written into a JWT (RFC 7519 section 4).
struct TokenPayload: JWTPayload {
    static let issuer = "sparc"
    static let audience = "sparc-api"

    var iss: String
    var aud: String
    var sub: UserID
    var tenant: TenantID
    var role: String
    var sid: SessionID
    var jti: String
    var iat: Int64
    var exp: Int64
    var home: TenantID?
    var permissions: [String]?
    /// True in a token that is good for enrolling a second factor alone, else not there.
    var enrol: Bool?

    init(_ claims: TokenClaims) {
        iss = Self.issuer
        aud = Self.audience
        sub = claims.user
        tenant = claims.tenant
        role = claims.role
        sid = claims.session
        jti = claims.id
        iat = claims.issuedAt
        exp = claims.expiresAt
        home = claims.home
        permissions = claims.permissions
        enrol = claims.enrolsOnly ? true : nil
    }

    var claims: TokenClaims {
        TokenClaims(
            tenant: tenant,
            user: sub,
            role: role,
            session: sid,
            id: jti,
            issuedAt: iat,
            expiresAt: exp,
            home: home,
            permissions: permissions,
            enrolsOnly: enrol ?? false
        )
    }

    /// Nothing here: `TokenSigner` checks all claims, with the time it is given.
    func verify(using key: some JWTAlgorithm) async throws {}
}
