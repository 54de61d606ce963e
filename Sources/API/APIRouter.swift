internal import Foundation
package import Hummingbird

/// Puts the routes together.
package enum APIRouter {
    /// The description of the API that is served with it cannot be read.
    package struct MissingDescription: Error, CustomStringConvertible {
        package let description = "openapi.yaml is missing from the installation"
    }

    /// The whole router: the API, media, the workers' routes, and what `mount` adds, such as the
    /// console.
    package static func make(
        _ services: APIServices,
        mount: (Router<APIContext>) throws -> Void = { _ in }
    ) throws -> Router<APIContext> {
        let router = Router(
            context: APIContext.self,
            options: .autoGenerateHeadEndpoints
        )
        let index = RouteIndex()
        router.add(
            middleware: ResponsePolicy(
                metrics: services.metrics,
                crossOrigin: services.crossOrigin,
                isDevelopment: services.isDevelopment
            )
        )
        router.add(middleware: RateLimitMiddleware())
        router.add(middleware: ProblemMiddleware(routes: index))
        router.add(middleware: UnknownCallerMiddleware(services: services))
        router.add(middleware: AuditTrailMiddleware(services: services))
        HealthRoutes(services: services, description: try description()).add(to: router)
        AuthRoutes(services: services).add(to: router)
        ProviderLoginRoutes(services: services).add(to: router)
        IdentityProviderRoutes(services: services).add(to: router)
        KeyRoutes(services: services).add(to: router)
        SessionRoutes(services: services).add(to: router)
        SecondFactorRoutes(services: services).add(to: router)
        LoginPolicyRoutes(services: services).add(to: router)
        APIKeyRoutes(services: services).add(to: router)
        UserRoutes(services: services).add(to: router)
        RoleRoutes(services: services).add(to: router)
        GrantRoutes(services: services).add(to: router)
        InvitationRoutes(services: services).add(to: router)
        SiteRoutes(services: services).add(to: router)
        ClientRoutes(services: services).add(to: router)
        OrganisationRoutes(services: services).add(to: router)
        AuditRoutes(services: services).add(to: router)
        SetupRoutes(services: services).add(to: router)
        CameraRoutes(services: services).add(to: router)
        AlertRoutes(services: services).add(to: router)
        WebhookRoutes(services: services).add(to: router)
        HoldRoutes(services: services).add(to: router)
        RetentionRoutes(services: services).add(to: router)
        PlaybackRoutes(services: services).add(to: router)
        MediaRoutes(services: services).add(to: router)
        WorkerRoutes(services: services).add(to: router)
        try mount(router)
        index.set(router.routes.map { ($0.path.description, $0.method.rawValue) })
        return router
    }

    /// The bytes of `openapi.yaml`.
    package static func description() throws -> [UInt8] {
        guard let url = Bundle.module.url(forResource: "openapi", withExtension: "yaml"),
            let data = try? Data(contentsOf: url)
        else { throw MissingDescription() }
        return Array(data)
    }
}
