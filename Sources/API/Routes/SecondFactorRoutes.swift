internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys
internal import Logging
internal import Telemetry

/// A person's own second factor. Only by a login, never by a key.
struct SecondFactorRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/me/second-factor") { request, _ in try await show(request) }
        router.post("/api/v1/me/second-factor") { request, _ in try await begin(request) }
        router.post("/api/v1/me/second-factor/confirm") { request, context in
            try await confirm(request, context)
        }
        router.post("/api/v1/me/second-factor/recovery-codes") { request, _ in
            try await renewCodes(request)
        }
        router.post("/api/v1/me/second-factor/remove") { request, context in
            try await remove(request, context)
        }
    }

    private enum State: String, Encodable {
        case none
        /// A seed was handed out, and no code of it was shown.
        case begun
        case confirmed
    }

    private struct Shown: Encodable {
        var state: State
        var confirmedAt: WallTime?
        var recoveryCodes: Int
        /// Whether the organisation requires it.
        var required: Bool
    }

    private func show(_ request: Request) async throws -> Response {
        let principal = try await services.person(request, mayEnrol: true)
        let factor = try await services.catalog.secondFactor(principal.tenant, principal.user)
        let isRequired = try await services.catalog.requiresSecondFactor(principal.tenant)
        return JSONText.response(
            Shown(
                state: factor.map { $0.confirmedAt == nil ? .begun : .confirmed } ?? .none,
                confirmedAt: factor?.confirmedAt,
                recoveryCodes: factor?.recoveryCodes ?? 0,
                required: isRequired
            )
        )
    }

    private struct Begun: Encodable {
        var secret: String
        var uri: String
    }

    private func begin(_ request: Request) async throws -> Response {
        let principal = try await services.person(request, mayEnrol: true)
        var body = try BodyReader(body: await request.jsonBytes(), example: #"{"password":"…"}"#)
        let password = body.requiredText("password", limit: 256, example: "…")
        body.reportUnknown(known: "password")
        try body.finish()
        guard let user = try await services.catalog.user(principal.tenant, principal.user),
            let tenant = try await services.catalog.tenant(principal.tenant)
        else { throw Problem.unauthorized }
        let seed = OneTimeSeed()
        let sealed = try await SecondFactorSeeds.seal(
            seed,
            principal.tenant,
            principal.user,
            in: services.envelope
        )
        let isBegun = try await services.confirmed(principal, password: password, code: nil) {
            known,
            _ in
            try await services.catalog.beginSecondFactor(
                principal.tenant,
                principal.user,
                password: known,
                sealedSeed: sealed
            )
        }
        guard isBegun else {
            throw Problem(.notPossible, "You have a second factor; remove it first.")
        }
        return JSONText.response(
            Begun(
                secret: seed.text,
                uri: seed.uri(email: user.email, organisation: tenant.name)
            )
        )
    }

    private struct Codes: Encodable {
        var recoveryCodes: [String]

        init(_ codes: [RecoveryCode]) {
            recoveryCodes = codes.map(\.text)
        }
    }

    private static func newCodes() -> [RecoveryCode] {
        (0..<RecoveryCode.count).map { _ in RecoveryCode() }
    }

    /// Guessed slowly too: who has an access token and not the seed must not get recovery codes.
    private func confirm(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.person(request, mayEnrol: true)
        var body = try BodyReader(body: await request.jsonBytes(), example: #"{"code":"123456"}"#)
        let code = body.requiredText("code", limit: 64, example: "123456")
        body.reportUnknown(known: "code")
        try body.finish()
        let factor = try await services.catalog.secondFactor(principal.tenant, principal.user)
        guard let factor, factor.confirmedAt == nil else {
            throw Problem(
                .notPossible,
                factor == nil
                    ? "Begin with POST /api/v1/me/second-factor." : "It is confirmed already."
            )
        }
        let found = try await services.guessed(principal) {
            now -> (step: Int64, begunAt: WallTime)? in
            let proof = try await SecondFactorSeeds.proof(
                code,
                sealed: factor.sealedSeed,
                begunAt: factor.begunAt,
                lastStep: factor.lastStep,
                principal.tenant,
                principal.user,
                in: services.envelope,
                now: now
            )
            // Anything else is a wrong guess: there are no recovery codes yet.
            guard case .step(let step, let begunAt) = proof else { return nil }
            return (step, begunAt)
        }
        guard let (step, begunAt) = found else {
            throw Problem.invalid(
                "code",
                "is not the one of now; look at the clocks of both sides",
                example: "123456"
            )
        }
        let codes = Self.newCodes()
        let ended = try await services.catalog.confirmSecondFactor(
            principal.tenant,
            principal.user,
            begunAt: begunAt,
            step: step,
            recoveryHashes: codes.map { $0.hash(principal.tenant, principal.user) },
            keeping: principal.session
        )
        guard let ended else {
            throw Problem(.notPossible, "It was begun anew or confirmed meanwhile.")
        }
        services.endedSessions.add(ended, now: services.now())
        context.logger.info(
            "second factor enrolled",
            metadata: [LogKey.tenant: "\(principal.tenant)"]
        )
        return JSONText.response(Codes(codes))
    }

    private func renewCodes(_ request: Request) async throws -> Response {
        let principal = try await services.person(request)
        let (password, code) = try await passwordAndCode(request)
        let codes = Self.newCodes()
        _ = try await services.confirmed(principal, password: password, code: code) {
            known,
            proof -> Bool? in
            try await services.catalog.replaceRecoveryCodes(
                principal.tenant,
                principal.user,
                password: known,
                proof: proof,
                hashes: codes.map { $0.hash(principal.tenant, principal.user) }
            ) ? true : nil
        }
        return JSONText.response(Codes(codes))
    }

    private func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try await services.person(request)
        let (password, code) = try await passwordAndCode(request)
        let ended = try await services.confirmed(principal, password: password, code: code) {
            known,
            proof in
            try await services.catalog.removeSecondFactor(
                principal.tenant,
                principal.user,
                password: known,
                proof: proof
            )
        }
        services.endedSessions.add(ended, now: services.now())
        context.logger.info(
            "second factor removed",
            metadata: [LogKey.tenant: "\(principal.tenant)"]
        )
        return Response(status: .noContent)
    }

    private func passwordAndCode(
        _ request: Request
    ) async throws -> (password: String, code: String) {
        let example = #"{"password":"…","code":"123456"}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let password = body.requiredText("password", limit: 256, example: "…")
        let code = body.requiredText("code", limit: 64, example: "123456")
        body.reportUnknown(known: "password, code")
        try body.finish()
        return (password, code)
    }
}
