internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import Telemetry

/// What every way of logging in ends with: a session, and tokens of it.
extension APIServices {
    /// Makes the login of a person who has shown everything that is needed.
    /// - Parameters:
    ///   - passwordHash: What the password was compared with.
    ///   - proof: What was shown of a second factor; it is used up.
    /// - Returns: Nil if the code was used already, or the second factor is another one by now.
    /// - Throws: `stale` if password, role or state were changed meanwhile.
    func openLogin(
        of user: User,
        role: Role,
        passwordHash: String,
        proof: FactorProof,
        _ request: Request,
        _ context: APIContext,
        stale: Problem
    ) async throws -> Principal? {
        let session = SessionID()
        AuditTrail.current?.update {
            $0.kind = .person
            $0.id = user.id
            $0.session = session
        }
        let opening = try await catalog.createSession(
            user,
            passwordHash: passwordHash,
            proof: proof,
            id: session,
            lifetime: refreshLifetime,
            address: clientAddress(request, context)?.description ?? "",
            agent: request.headers[.userAgent] ?? ""
        )
        switch opening {
        case .stale: throw stale
        case .refused:
            AuditTrail.current?.update {
                $0.kind = .nobody
                $0.id = nil
                $0.session = nil
            }
            return nil
        case .opened(let ended, let enrolsOnly):
            endedSessions.add(ended, now: now())
            context.logger.info("login", metadata: [LogKey.tenant: "\(user.tenant)"])
            return Principal(
                tenant: user.tenant,
                user: user.id,
                role: role,
                session: session,
                roleName: user.role,
                ownPermissions: Self.permissions(user.permissions),
                enrolsOnly: enrolsOnly
            )
        }
    }

    private struct Tokens: Encodable {
        var accessToken: String
        var refreshToken: String
        var tokenType = "Bearer"
        var expiresIn: Int64
        /// Whether the tokens are good for enrolling a second factor alone.
        var enrolmentNeeded: Bool?
        /// Only of a login.
        var deviceToken: String?
    }

    /// The answer with an access token and the refresh token of a generation.
    func tokens(
        _ principal: Principal,
        generation: Int64,
        deviceToken: String? = nil
    ) async throws -> Response {
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
                ? principal.ownPermissions.map(\.rawValue).sorted() : nil,
            enrolsOnly: principal.enrolsOnly
        )
        let refresh = RefreshToken(
            tenant: principal.tenant,
            session: principal.session,
            generation: generation
        )
        return JSONText.response(
            Tokens(
                accessToken: try await tokens.sign(access),
                refreshToken: refresh.text(key: keys.derive(.refreshToken)),
                expiresIn: accessLifetime,
                enrolmentNeeded: principal.enrolsOnly ? true : nil,
                deviceToken: deviceToken
            )
        )
    }
}
