internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import Telemetry

/// Login through an organisation's provider of identities: OpenID Connect, authorization code with
/// PKCE.
///
/// 1. The page sends the browser to `authorize`, which notes the login, leaves one secret in a cookie
/// and goes on to the provider with another, `state`. 2. The provider sends it to `callback`, which
/// needs both, redeems the code, checks the ID token and decides whose account it is. 3. The page gets
/// the login's id in its fragment, which is no secret, and asks `token`; that gives the tokens to the
/// browser with the cookie, once. So no secret of ours is ever in a URL but `state`, which is good for
/// nothing without the cookie.
///
/// Every failure ends at the login page with a word of a closed list; the log says why.
struct ProviderLoginRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/auth/oidc/authorize") { request, context in
            try await answer(context) { () async throws -> Response in
                try await begin(request, context)
            }
        }
        router.get("/api/v1/auth/oidc/:id/callback") { request, context in
            try await answer(context) { () async throws -> Response in
                try await takeAnswer(request, context)
            }
        }
        router.post("/api/v1/auth/oidc/token") { request, context in
            try await redeem(request, context)
        }
    }

    /// Why a browser goes back to the login page.
    private struct Failure: Error {
        var failure: ProviderLoginFailure
        /// For the log; nothing that was sent.
        var reason: String
        var tenant: TenantID?
        /// The cookie that is of no use any more.
        var cookie: String?
    }

    /// A browser gets a page for whatever goes wrong, also where a program would get a problem.
    private func answer(
        _ context: APIContext,
        _ body: () async throws -> Response
    ) async throws -> Response {
        let failure: Failure
        do {
            return try await body()
        } catch let error as Failure {
            failure = error
        } catch let error as CatalogError {
            failure = Failure(failure: .unavailable, reason: "\(error)")
        } catch let error as KeysError {
            failure = Failure(failure: .unavailable, reason: "the client secret: \(error.message)")
        }
        var metadata: Logger.Metadata = [LogKey.errorMessage: "\(failure.reason)"]
        if let tenant = failure.tenant { metadata[LogKey.tenant] = "\(tenant)" }
        context.logger.info("login through a provider failed", metadata: metadata)
        return Self.redirect("/#login_error=\(failure.failure.rawValue)", cookie: failure.cookie)
    }

    private static func redirect(_ location: String, cookie: String?) -> Response {
        var headers: HTTPFields = [.location: location, .cacheControl: "no-store"]
        if let cookie { headers[.setCookie] = cookie }
        return Response(status: .seeOther, headers: headers)
    }

    /// An organisation that is unknown and one without a provider take the same steps to the same
    /// answer.
    private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
        let address = services.clientAddress(request, context)
        guard services.attempts.mayBeginProviderLogin(address, now: services.now()) else {
            throw Failure(failure: .unavailable, reason: "too many from one address")
        }
        let query = try? request.query()
        let name = query?["tenant"] ?? ""
        guard let providers = services.providers, let publicURL = services.publicURL else {
            throw Failure(failure: .unavailable, reason: "SPARC_PUBLIC_URL is not set")
        }
        guard !name.isEmpty, name.utf8.count <= 1_024,
            let (tenant, provider) = try await services.catalog.enabledProvider(tenantName: name),
            let redirectURI = services.redirectURI(of: provider.id)
        else { throw Failure(failure: .unavailable, reason: "no such provider") }
        let metadata: ProviderMetadata
        do throws(ProviderError) {
            metadata = try await providers.metadata(of: provider.reference)
        } catch {
            throw Failure(failure: .unavailable, reason: "\(error)", tenant: tenant)
        }
        let login = ProviderLoginID()
        let state = ProviderLoginToken(.state, tenant: tenant, login: login)
        let browser = ProviderLoginToken(.browser, tenant: tenant, login: login)
        let nonce = RandomText.make()
        let proof = ProofKey()
        let isNoted = try await services.catalog.beginProviderLogin(
            tenant,
            NewProviderLogin(
                id: login,
                provider: provider.id,
                stateHash: state.hash,
                browserHash: browser.hash,
                nonce: nonce,
                codeVerifier: proof.verifier
            )
        )
        guard isNoted else {
            throw Failure(failure: .unavailable, reason: "switched off meanwhile", tenant: tenant)
        }
        let requests = ProviderRequests(
            metadata: metadata,
            clientID: provider.clientID,
            redirectURI: redirectURI
        )
        return Self.redirect(
            requests.authorizationURL(state: state.text, nonce: nonce, proof: proof),
            cookie: LoginCookie(login, publicURL: publicURL).setting(browser.text)
        )
    }

    /// 1. The login that `state` and cookie name, which is used up by it. 2. The provider's word.
    /// 3. Whose account it is.
    private func takeAnswer(_ request: Request, _ context: APIContext) async throws -> Response {
        let expired = Failure(failure: .expired, reason: "no login that state and cookie name")
        guard let providers = services.providers, let publicURL = services.publicURL,
            let query = try? request.query(),
            let provider: IdentityProviderID =
                try? context.identifier("id"),
            let state = query["state"].flatMap({ ProviderLoginToken(.state, $0) })
        else { throw expired }
        let cookie = LoginCookie(state.login, publicURL: publicURL)
        guard
            let browser = cookie.value(request.headers).flatMap({
                ProviderLoginToken(.browser, $0)
            }),
            let login = try await services.catalog.answerProviderLogin(
                state.tenant,
                state.login,
                provider: provider,
                stateHash: state.hash,
                browserHash: browser.hash
            )
        else { throw expired }
        do {
            let claims = try await claims(login, query, providers)
            try await grant(login, claims)
        } catch var failure as Failure {
            failure.tenant = login.tenant
            failure.cookie = cookie.clearing
            throw failure
        }
        return Self.redirect("/#login=\(login.id)", cookie: nil)
    }

    /// What the provider says of who logged in, or why it is not believed.
    private func claims(
        _ login: ProviderLogin,
        _ query: Query,
        _ providers: any ProviderReading
    ) async throws -> IDTokenClaims {
        do {
            let metadata = try await providers.metadata(of: login.provider.reference)
            let answer = ProviderAnswer(
                code: query["code"],
                error: query["error"],
                issuer: query["iss"],
                expecting: login.provider.issuer,
                isIssuerNeeded: metadata.answersWithIssuer
            )
            switch answer {
            case .code(let code): return try await redeem(code, login, metadata, providers)
            case .refused(let failure):
                throw Failure(failure: failure, reason: "the provider's answer is no code")
            }
        } catch let error as ProviderError {
            throw Failure(failure: .providerFailed, reason: "\(error)")
        } catch let error as IDTokenError {
            throw Failure(failure: .providerFailed, reason: "\(error)")
        }
    }

    private func redeem(
        _ code: String,
        _ login: ProviderLogin,
        _ metadata: ProviderMetadata,
        _ providers: any ProviderReading
    ) async throws -> IDTokenClaims {
        let provider = login.provider
        let secret = try await ProviderSecrets.open(
            login.clientSecret,
            login.tenant,
            provider.id,
            in: services.envelope
        )
        let (headers, body) = ProviderRequests(
            metadata: metadata,
            clientID: provider.clientID,
            redirectURI: services.redirectURI(of: provider.id) ?? ""
        ).redemption(
            code: code,
            proof: ProofKey(verifier: login.codeVerifier),
            clientSecret: secret
        )
        let tokens = try await providers.tokens(
            of: provider.reference,
            from: metadata,
            headers: headers,
            body: body
        )
        let verifier = IDTokenVerifier(
            issuer: provider.issuer,
            clientID: provider.clientID,
            nonce: login.nonce,
            accessToken: tokens.accessToken
        )
        let known = try await providers.keys(of: provider.reference, metadata, isRenewed: false)
        var claims: IDTokenClaims
        do throws(IDTokenError) {
            claims = try await verifier.verify(tokens.idToken, keys: known, now: services.now())
        } catch {
            guard error.code == .unknownKey else { throw error }
            let newer = try await providers.keys(of: provider.reference, metadata, isRenewed: true)
            claims = try await verifier.verify(tokens.idToken, keys: newer, now: services.now())
        }
        if claims.email == nil, let url = metadata.userInfoEndpoint,
            let accessToken = tokens.accessToken
        {
            claims = UserInfo.adding(
                try await providers.userInfo(from: url, accessToken: accessToken),
                to: claims
            )
        }
        return claims
    }

    private func grant(_ login: ProviderLogin, _ claims: IDTokenClaims) async throws {
        let outcome: ProviderLoginOutcome<ProviderLoginDecision.Refusal>
        do throws(CatalogError) {
            outcome = try await services.catalog.grantProviderLogin(
                login,
                subject: claims.subject,
                email: { try? Self.email(of: claims, $0).get() },
                showsFactor: claims.showSecondFactor
            ) { provider, accounts in
                Self.decide(Self.email(of: claims, provider), provider, accounts)
            }
        } catch {
            guard error.code == .conflict else { throw error }
            throw Failure(failure: .notAllowed, reason: "the person cannot be added")
        }
        switch outcome {
        case .granted: return
        case .refused(let refusal):
            throw Failure(failure: .notAllowed, reason: refusal.rawValue)
        case .needsSecondFactor:
            throw Failure(failure: .secondFactorNeeded, reason: "it shows no second factor")
        case .gone: throw Failure(failure: .unavailable, reason: "switched off meanwhile")
        }
    }

    private static func email(
        of claims: IDTokenClaims,
        _ provider: IdentityProvider
    ) -> Result<String, ProviderLoginDecision.Refusal> {
        ProviderLoginDecision.email(
            of: claims,
            domains: provider.emailDomains,
            assumesVerified: provider.assumesVerifiedEmail
        )
    }

    private static func decide(
        _ email: Result<String, ProviderLoginDecision.Refusal>,
        _ provider: IdentityProvider,
        _ accounts: ProviderLoginAccounts
    ) -> Result<ProviderLoginGrant, ProviderLoginDecision.Refusal> {
        func account(_ user: User?, isLinked: Bool) -> ProviderLoginDecision.Account? {
            user.map {
                ProviderLoginDecision.Account(
                    user: $0.id,
                    role: $0.role,
                    isDisabled: $0.disabledAt != nil,
                    isLinked: isLinked
                )
            }
        }
        let decision = ProviderLoginDecision.decide(
            email: email,
            createsPeople: provider.createsPeople,
            linked: account(accounts.linked, isLinked: true),
            named: account(accounts.named, isLinked: accounts.isNamedLinked)
        )
        switch decision {
        case .known(let user): return .success(.known(user))
        case .link(let user): return .success(.link(user))
        case .create(let email):
            return .success(.create(UserID(), email: email, role: provider.role))
        case .refused(let refusal): return .failure(refusal)
        }
    }

    /// Gives the tokens to the browser that began the login.
    private func redeem(_ request: Request, _ context: APIContext) async throws -> Response {
        let example = #"{"login":"0197c0de-0000-4000-8000-000000000001"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let text = body.requiredText("login", limit: 36, example: "the text after #login=")
        body.reportUnknown(known: "login")
        try body.finish()
        guard let id = ProviderLoginID(text), let publicURL = services.publicURL else {
            throw Self.refusal
        }
        let cookie = LoginCookie(id, publicURL: publicURL)
        let session = SessionID()
        guard
            let browser = cookie.value(request.headers).flatMap({
                ProviderLoginToken(.browser, $0)
            }), browser.login == id,
            let (user, ended) = try await services.catalog.redeemProviderLogin(
                browser.tenant,
                id,
                browserHash: browser.hash,
                session: session,
                lifetime: services.refreshLifetime,
                address: services.clientAddress(request, context)?.description ?? "",
                agent: request.headers[.userAgent] ?? ""
            ),
            let role = Role.named(user.role)
        else { throw Self.refusal }
        services.endedSessions.add(ended, now: services.now())
        context.logger.info(
            "login through a provider",
            metadata: [LogKey.tenant: "\(user.tenant)"]
        )
        let principal = Principal(
            tenant: user.tenant,
            user: user.id,
            role: role,
            session: session,
            roleName: user.role,
            ownPermissions: APIServices.permissions(user.permissions)
        )
        var response = try await services.tokens(principal, generation: 1)
        response.headers[.setCookie] = cookie.clearing
        return response
    }

    /// The same for whatever is wrong with it.
    private static let refusal = Problem(
        .forbidden,
        "This login is not good: it was used, has expired, or began in another browser."
    )
}

extension IdentityProvider {
    var reference: ProviderReference {
        ProviderReference(id: id, issuer: issuer)
    }
}
