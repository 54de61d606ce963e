internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// The providers of identities of an organisation: list, add, look at, change, remove.
struct IdentityProviderRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/identity-providers") { request, _ in try await list(request) }
        router.post("/api/v1/identity-providers") { request, _ in try await create(request) }
        router.get("/api/v1/identity-providers/:id") { request, context in
            try await show(request, context)
        }
        router.patch("/api/v1/identity-providers/:id") { request, context in
            try await change(request, context)
        }
        router.delete("/api/v1/identity-providers/:id") { request, context in
            try await remove(request, context)
        }
    }

    private struct List: Encodable {
        var items: [Body]
    }

    /// As responses show it; the secret never.
    private struct Body: Encodable {
        var id: IdentityProviderID
        var name: String
        var issuer: String
        var clientId: String
        var redirectUri: String?
        var emailDomains: [String]
        var assumesVerifiedEmail: Bool
        var trustedForSecondFactor: Bool
        var createsPeople: Bool
        var role: String
        var enabled: Bool
        var createdAt: WallTime
    }

    private func body(_ provider: IdentityProvider) -> Body {
        Body(
            id: provider.id,
            name: provider.name,
            issuer: provider.issuer,
            clientId: provider.clientID,
            redirectUri: services.redirectURI(of: provider.id),
            emailDomains: provider.emailDomains,
            assumesVerifiedEmail: provider.assumesVerifiedEmail,
            trustedForSecondFactor: provider.isTrustedForFactor,
            createsPeople: provider.createsPeople,
            role: provider.role,
            enabled: provider.isEnabled,
            createdAt: provider.createdAt
        )
    }

    /// Who may decide who gets in and as what: an owner, by a login; a key or a role of the
    /// organisation's own that could would be more than its part.
    private func owner(_ request: Request) async throws -> Principal {
        let principal = try await services.principal(request, needs: .tenantManage)
        guard principal.scope == nil else {
            throw Problem(.forbidden, "This needs a login; an API key will not do.")
        }
        guard principal.permissions == Role.owner.permissions else {
            throw Problem(.forbidden, "Only an owner decides who else lets people in.")
        }
        return principal
    }

    private func list(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .tenantManage)
        let providers = try await services.catalog.identityProviders(principal.tenant)
        return JSONText.response(List(items: providers.map { body($0) }))
    }

    private func create(_ request: Request) async throws -> Response {
        let principal = try await owner(request)
        let bytes = try await request.jsonBytes()
        let wanted = try IdentityProviderRequest(
            body: bytes,
            isNew: true,
            networks: services.providerNetworks
        )
        let id = IdentityProviderID()
        let sealed = try await ProviderSecrets.seal(
            wanted.clientSecret ?? "",
            principal.tenant,
            id,
            in: services.envelope
        )
        let provider = IdentityProvider(
            id: id,
            name: wanted.name ?? "",
            issuer: wanted.issuer ?? "",
            clientID: wanted.clientID ?? "",
            emailDomains: wanted.emailDomains ?? [],
            assumesVerifiedEmail: wanted.assumesVerifiedEmail ?? false,
            isTrustedForFactor: wanted.isTrustedForFactor ?? false,
            createsPeople: wanted.createsPeople ?? false,
            role: wanted.role ?? Role.viewer.rawValue,
            isEnabled: wanted.isEnabled ?? false
        )
        let creation = try Creation(services, request, principal, body: bytes)
        return try await creation.run { (created: IdentityProvider) in
            KeptAnswer(
                body(created),
                location: "/api/v1/identity-providers/\(id)",
                tag: services.tag(body(created))
            )
        } _: { catalog in
            do throws(CatalogError) {
                return try await catalog.createIdentityProvider(
                    principal.tenant,
                    provider,
                    secret: sealed,
                    by: principal.acting
                )
            } catch {
                guard error.code == .invalid else { throw Self.problem(error) }
                throw Problem(
                    .invalidRequest,
                    "An organisation has at most \(IdentityProvider.countLimit) identity providers; "
                        + "remove one first."
                )
            }
        }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.principal(request, needs: .tenantManage)
        let id: IdentityProviderID = try context.identifier("id")
        guard
            let provider = try await services.catalog.identityProvider(principal.tenant, id)
        else { throw Problem.missing }
        return try services.tagged(request, body(provider))
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await owner(request)
        let id: IdentityProviderID = try context.identifier("id")
        let wanted = try IdentityProviderRequest(
            body: await request.jsonBytes(),
            isNew: false,
            networks: services.providerNetworks
        )
        var secret: [UInt8]?
        if let text = wanted.clientSecret {
            secret = try await ProviderSecrets.seal(
                text,
                principal.tenant,
                id,
                in: services.envelope
            )
        }
        let catalog = try conditional(request, id)
        let changed: IdentityProvider?
        do throws(CatalogError) {
            changed = try await catalog.updateIdentityProvider(
                principal.tenant,
                id,
                IdentityProviderChange(
                    name: wanted.name,
                    clientID: wanted.clientID,
                    clientSecret: secret,
                    emailDomains: wanted.emailDomains,
                    assumesVerifiedEmail: wanted.assumesVerifiedEmail,
                    isTrustedForFactor: wanted.isTrustedForFactor,
                    createsPeople: wanted.createsPeople,
                    role: wanted.role,
                    isEnabled: wanted.isEnabled
                ),
                by: principal.acting
            )
        } catch { throw Self.problem(error) }
        guard let changed else { throw Problem.missing }
        return services.changed(body(changed))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await owner(request)
        let id: IdentityProviderID = try context.identifier("id")
        guard
            try await conditional(request, id).removeIdentityProvider(
                principal.tenant,
                id,
                by: principal.acting
            )
        else {
            throw Problem.missing
        }
        return Response(status: .noContent)
    }

    private func conditional(_ request: Request, _ id: IdentityProviderID) throws -> Catalog {
        try services.catalog(request) { isMet in
            .identityProvider(id) { isMet(services.tag(body($0))) }
        }
    }

    /// The only thing that can be taken is the place of the one that is switched on.
    private static func problem(_ error: CatalogError) -> any Error {
        guard error.code == .conflict else { return error }
        return Problem(
            .conflict,
            "Another identity provider is switched on; switch it off first with "
                + "{\"enabled\":false}."
        )
    }
}

extension APIServices {
    /// Where a provider sends browsers back to; each has its own, so that the answer of one is never
    /// taken for another's (RFC 9700 section 4.4.2.2). Nil without a public URL.
    func redirectURI(of provider: IdentityProviderID) -> String? {
        publicURL.map { "\($0)/api/v1/auth/oidc/\(provider)/callback" }
    }
}
