internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import NIOCore
internal import Telemetry

/// The first organisation and its owner, by the one-time link of a first start.
struct SetupRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.post("/api/v1/setup") { request, context in try await setUp(request, context) }
    }

    private struct Done: Encodable {
        struct Organisation: Encodable {
            var id: TenantID
            var name: String
            var domain: String
        }
        var tenant: Organisation
        var email: String
        var role: String
    }

    /// 1. Fields. 2. The token, tried slowly by whoever has wrong ones. 3. The password's hash,
    /// which costs, so only for a token that is good. 4. Everything in one transaction.
    private func setUp(_ request: Request, _ context: APIContext) async throws -> Response {
        let wanted = try SetupRequest(body: await request.jsonBytes())
        let caller = services.clientAddress(request, context).map { LoginAttempt.block($0) } ?? ""
        if let wait = services.setupTokens.begin(caller, now: services.now()) {
            throw Problem(
                .tooManyRequests,
                "Too many attempts to set up; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        guard let token = SetupToken(wanted.token),
            try await services.catalog.isSetupOpen(tokenHash: token.hash)
        else {
            context.logger.info("set-up refused")
            throw Self.refusal
        }
        guard let hash = await services.passwords.hash(wanted.password, of: nil) else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        let role = Role.owner
        let user = try await services.catalog.completeSetup(
            tokenHash: token.hash,
            NewOrganisation(
                name: wanted.organisation,
                domain: wanted.tenant,
                email: wanted.email,
                passwordHash: hash,
                role: role.rawValue
            )
        )
        guard let user else { throw Self.refusal }
        services.setupTokens.succeeded(caller)
        context.logger.notice("set up", metadata: [LogKey.tenant: "\(user.tenant)"])
        return JSONText.response(
            Done(
                tenant: .init(
                    id: user.tenant,
                    name: wanted.organisation,
                    domain: wanted.tenant
                ),
                email: user.email,
                role: role.rawValue
            ),
            status: .created
        )
    }

    /// The same for a token that is wrong, was used or has expired.
    private static let refusal = Problem(
        .forbidden,
        "This set-up link is not good, or not any more. While nobody has set up, sparc setup-link "
            + "makes a new one."
    )
}
