internal import Catalog
internal import Domain
internal import Hummingbird
internal import Identity

/// Who may do what at some sites and cameras only.
extension APIServices {
    /// The person behind a bearer token or key, and where the person may do one thing: somewhere at
    /// least.
    func reach(
        _ request: Request,
        needs permission: Permission
    ) async throws -> (principal: Principal, reach: Reach) {
        let principal = try await principal(request, needs: nil)
        return (principal, try await reach(principal, permission))
    }

    /// The person, who must have the permission at a camera. A camera that is out of reach is
    /// answered as a missing one.
    func principal(
        _ request: Request,
        needs permission: Permission,
        at camera: CameraID
    ) async throws -> Principal {
        let principal = try await principal(request, needs: nil)
        try await check(principal, permission, at: camera)
        return principal
    }

    /// Refuses who has the permission nowhere, and answers for a camera that is out of reach as for
    /// a missing one.
    func check(
        _ principal: Principal,
        _ permission: Permission,
        at camera: CameraID
    ) async throws {
        let reach = try await reach(principal, permission)
        guard !reach.isEverywhere, !reach.cameras.contains(camera) else { return }
        let key = LiveMemory.CameraKey(tenant: principal.tenant, camera: camera)
        let found = try await liveMemory.cameras.value(key) { () async throws(CatalogError) in
            try await catalog.camera(principal.tenant, camera)
        }
        guard let found, reach.contains(camera, at: found.site) else { throw Problem.missing }
    }

    /// Whether somebody has a permission at a camera.
    func may(
        _ principal: Principal,
        _ permission: Permission,
        at camera: CameraID
    ) async throws -> Bool {
        do {
            try await check(principal, permission, at: camera)
            return true
        } catch let problem as Problem where [.forbidden, .notFound].contains(problem.kind) {
            return false
        }
    }

    /// Where somebody may do one thing.
    ///
    /// Grants are read at each request of who has no right in the whole organisation, so that one
    /// that is taken away counts at once; while the database is away the last answer does for live.
    func reach(_ principal: Principal, _ permission: Permission) async throws -> Reach {
        try Self.checkEnrolled(principal)
        if principal.may(permission) { return .everywhere }
        guard Permission.scoped.contains(permission), principal.home == nil,
            principal.scope?.contains(permission) ?? true
        else { throw Self.lack(permission) }
        let key = LiveMemory.UserKey(tenant: principal.tenant, user: principal.user)
        // Only who watches live goes on by what was known before.
        let grants =
            permission == .videoLive
            ? try await liveMemory.grants.value(key) { () async throws(CatalogError) in
                try await catalog.grants(principal.tenant, principal.user)
            } : try await catalog.grants(principal.tenant, principal.user)
        var reach = Reach()
        for grant in grants ?? [] where Self.permissions(of: grant).contains(permission) {
            switch grant.scope {
            case .site(let site): reach.sites.insert(site)
            case .camera(let camera): reach.cameras.insert(camera)
            }
        }
        guard !reach.isNowhere else { throw Self.lack(permission) }
        return reach
    }

    /// What a grant allows at its place.
    static func permissions(of grant: RoleGrant) -> Set<Permission> {
        let all = Role.named(grant.role)?.permissions ?? []
        return all.union(permissions(grant.permissions)).intersection(Permission.scoped)
    }

    /// The permissions that this build knows of words in a row or token.
    static func permissions(_ words: [String]?) -> Set<Permission> {
        Set((words ?? []).compactMap { Permission(rawValue: $0) })
    }

    static func lack(_ permission: Permission) -> Problem {
        Problem(.forbidden, "This needs the permission \(permission.rawValue).")
    }
}
