internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Identity

/// What an organisation requires of its people's logins.
struct LoginPolicyRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/api/v1/login-policy") { request, _ in try await show(request) }
        router.put("/api/v1/login-policy") { request, _ in try await set(request) }
    }

    private struct Policy: Encodable {
        var secondFactorRequired: Bool
    }

    private func show(_ request: Request) async throws -> Response {
        let principal = try await services.principal(request, needs: .usersManage)
        let isRequired = try await services.catalog.requiresSecondFactor(principal.tenant)
        return JSONText.response(Policy(secondFactorRequired: isRequired))
    }

    /// By a login, not by a key.
    private func set(_ request: Request) async throws -> Response {
        let principal = try await services.person(request, needs: .usersManage)
        let example = #"{"second_factor_required":true}"#
        var body = try BodyReader(body: await request.jsonBytes(), example: example)
        let wanted = body.flag("second_factor_required")
        if wanted == nil, body.problems.isEmpty {
            body.report("second_factor_required", "is missing", example: "true")
        }
        body.reportUnknown(known: "second_factor_required")
        try body.finish()
        let isRequired = wanted ?? false
        let outcome: LoginPolicyOutcome
        do throws(CatalogError) {
            outcome = try await services.catalog.setRequiresSecondFactor(
                principal.tenant,
                isRequired,
                by: principal.acting
            )
        } catch {
            // A token whose person is not any more what it says is none.
            throw error.code == .forbidden ? Problem.unauthorized : error
        }
        switch outcome {
        case .needsOwnFactor:
            throw Problem(.notPossible, "Enrol a second factor of your own first.")
        case .changed(let ended):
            services.endedSessions.add(ended, now: services.now())
        }
        return JSONText.response(Policy(secondFactorRequired: isRequired))
    }
}
