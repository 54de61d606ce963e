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
            $0.kind = principal.isKey ? .key : .person
            $0.id = principal.user
            $0.session = principal.session
            $0.home = principal.home
        }
    }

    /// Somebody watches; told once in `FootageReads.span`: recordings before they are given out, live
    /// within a second of it, since live goes on whatever the database does.
    /// - Parameters:
    ///   - what: `live` or `archive`, and of which stream or range.
    ///   - isLive: Whether nobody waits for the database.
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
            what: "\(camera)/\(what)"
        )
        let note = AuditNote(.footageRead, "camera", "\(camera)", details: details)
        guard isLive else { return try await tell(note, viewing) }
        guard footageReads.isNew(viewing, now: now()) else { return }
        footageReads.told(viewing, now: now())
        footageReads.keep(
            principal.tenant,
            note,
            by: AuditTrail.current?.actor ?? AuditActor(kind: .system)
        )
    }

    /// A login of somebody who is known was refused; told once in `FootageReads.span` for what was
    /// wrong, by the queue: the answer takes as long as for who is unknown.
    func noteRefusedLogin(_ user: User, wrong: String) {
        let viewing = FootageReads.Viewing(
            tenant: user.tenant,
            user: user.id,
            session: SessionID(user.id.uuid),
            what: "login/\(wrong)"
        )
        guard footageReads.isNew(viewing, now: now()) else { return }
        footageReads.told(viewing, now: now())
        footageReads.keep(
            user.tenant,
            AuditNote(.loginRefused, "user", "\(user.id)", details: ["wrong": wrong]),
            by: AuditTrail.current?.actor ?? AuditActor(kind: .nobody)
        )
    }

    /// The people of the organisation, or one of them, are looked at.
    func notePeople(_ principal: Principal, _ user: UserID? = nil) async throws(CatalogError) {
        try await note(.peopleRead, "user", user.map { "\($0)" }, principal)
    }

    /// Something is read that the log tells of; told once in `FootageReads.span`, before it is given
    /// out.
    func note(
        _ action: AuditNote.Action,
        _ kind: String,
        _ id: String? = nil,
        _ principal: Principal
    ) async throws(CatalogError) {
        let viewing = FootageReads.Viewing(
            tenant: principal.tenant,
            user: principal.user,
            session: principal.session,
            what: "\(action.rawValue)/\(kind)/\(id ?? "")"
        )
        try await tell(AuditNote(action, kind, id), viewing)
    }

    /// What fails was not told, and the next request tries again.
    private func tell(
        _ note: AuditNote,
        _ viewing: FootageReads.Viewing
    ) async throws(CatalogError) {
        guard footageReads.isNew(viewing, now: now()) else { return }
        try await catalog.note(viewing.tenant, [note])
        footageReads.told(viewing, now: now())
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
