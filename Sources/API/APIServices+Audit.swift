internal import Catalog
internal import Domain
internal import Identity
internal import Logging
internal import Telemetry

/// What the routes tell the audit log, because no row changes by it.
extension APIServices {
    /// Who acts in this request, from here on.
    static func identify(_ principal: Principal) {
        AuditTrail.current?.update {
            $0.kind = principal.scope == nil ? .person : .key
            $0.id = principal.user
            $0.session = principal.session
            $0.home = principal.home
        }
    }

    /// Somebody watches; told once in `FootageReads.span`.
    /// - Parameters:
    ///   - what: `live` or `archive`, and of which stream or range.
    ///   - isLive: Whether it goes on while the database is away.
    func noteFootage(
        _ principal: Principal,
        _ camera: CameraID,
        what: String,
        details: [String: String],
        isLive: Bool
    ) async throws(CatalogError) {
        let viewing = FootageReads.Viewing(
            tenant: principal.tenant,
            user: principal.user,
            session: principal.session,
            camera: camera,
            what: what
        )
        guard footageReads.isNew(viewing, now: now()) else { return }
        let note = AuditNote(.footageRead, "camera", "\(camera)", details: details)
        let actor = AuditTrail.current?.actor ?? AuditActor(kind: .system)
        if isLive, liveMemory.outage.isRecent {
            return footageReads.keep(principal.tenant, note, by: actor)
        }
        do throws(CatalogError) {
            try await catalog.note(principal.tenant, [note], by: actor)
        } catch {
            guard isLive, error.isRetryable else {
                footageReads.forget(viewing)
                throw error
            }
            footageReads.keep(principal.tenant, note, by: actor)
        }
    }

    /// The people of the organisation, or one of them, were looked at.
    func notePeople(_ principal: Principal, _ user: UserID? = nil) async throws(CatalogError) {
        let note = AuditNote(.peopleRead, "user", user.map { "\($0)" })
        try await catalog.note(principal.tenant, [note])
    }

    /// Tells what was watched while the database was away.
    package func flushFootageReads() async throws {
        let lost = try await footageReads.flush(to: catalog)
        guard lost > 0 else { return }
        logger.error(
            "the audit log misses viewings: too many were watched while the database was away",
            metadata: [LogKey.count: "\(lost)"]
        )
    }
}
