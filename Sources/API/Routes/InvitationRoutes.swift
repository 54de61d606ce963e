internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import Telemetry

/// Where an invitation is used: its person chooses a password.
struct InvitationRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.post("/api/v1/invitations/accept") { request, context in
            try await accept(request, context)
        }
    }

    private struct Accepted: Encodable {
        var email: String
        var organisation: String
        /// For the login that follows: who got the link is let in while others guess at the account.
        var deviceToken: String
    }

    /// 1. Fields. 2. The token, of 256 random bits, which nobody can try. 3. The password's rules and its
    /// hash, which costs, so only for a token that is good. 4. Everything in one transaction.
    private func accept(_ request: Request, _ context: APIContext) async throws -> Response {
        let example = #"{"token":"sparc_inv_…","password":"a long sentence"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let text = body.requiredText("token", limit: 256, example: "the text after #token=")
        let password = body.requiredText("password", limit: 1_024, example: "a long sentence")
        body.reportUnknown(known: "token, password")
        try body.finish()
        guard let token = InvitationToken(text),
            let invited = try await services.catalog.invitedUser(
                token.tenant,
                token.user,
                tokenHash: token.hash
            )
        else {
            context.logger.info("invitation refused")
            throw Self.refusal
        }
        let words = [invited.email, invited.organisation]
        if let problem = PasswordRule.problem(password, knowing: words) {
            throw Problem.invalid("password", problem, example: "a long sentence")
        }
        guard let hash = await services.passwords.hash(password, of: token.tenant) else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        let ended = try await services.catalog.acceptInvitation(
            token.tenant,
            token.user,
            tokenHash: token.hash,
            passwordHash: hash
        )
        guard let ended else { throw Self.refusal }
        services.endedSessions.add(ended, now: services.now())
        context.logger.info(
            "invitation accepted",
            metadata: [LogKey.tenant: "\(token.tenant)"]
        )
        let attempt = LoginAttempt(
            tenant: invited.organisation.trimmed().lowercased(),
            email: invited.email.trimmed().lowercased(),
            address: nil
        )
        return JSONText.response(
            Accepted(
                email: invited.email,
                organisation: invited.organisation,
                deviceToken: DeviceToken(now: services.now(), hasShownCode: false).text(
                    account: attempt.account,
                    key: services.keys.derive(.deviceToken)
                )
            )
        )
    }

    /// The same for a token that is wrong, was used, taken back or has expired.
    private static let refusal = Problem(
        .forbidden,
        "This invitation is not good: it was used, has expired, or a newer one took its place."
    )
}
