import Database
package import Domain

extension Catalog {
    /// A camera, also a removed one; nil if the tenant has none with that id.
    package func camera(
        _ tenant: TenantID,
        _ camera: CameraID
    ) async throws(CatalogError) -> Camera? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.camera(tenant, camera, &session)
        }
    }

    /// A page in the order of creation.
    /// - Parameters:
    ///   - after: The end of the page before; nil for the first.
    ///   - limit: 1 to `CameraPage.limit`; what is outside is cut to that.
    ///   - includingRemoved: Whether cameras that are no longer recorded are listed.
    ///   - within: Only cameras of these sites and these cameras; nil: all.
    package func cameras(
        _ tenant: TenantID,
        after: CameraCursor?,
        limit: Int,
        includingRemoved: Bool = false,
        within scope: (sites: Set<SiteID>, cameras: Set<CameraID>)? = nil
    ) async throws(CatalogError) -> CameraPage {
        let limit = min(max(1, limit), CameraPage.limit)
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT c.tenant_id, c.id, c.site_id, c.name, c.transport, r.days, c.version,
                    c.created_at, c.removed_at
                FROM cameras c
                    JOIN camera_retention r ON r.tenant_id = c.tenant_id AND r.camera_id = c.id
                WHERE c.tenant_id = $1 AND (c.created_at, c.id) > ($2, $3)
                    AND ($4 OR c.removed_at IS NULL)
                    AND ($6 OR c.id = ANY ($7) OR c.site_id = ANY ($8))
                ORDER BY c.created_at, c.id LIMIT $5
                """,
                .id(tenant),
                .time(after?.createdAt ?? WallTime(microseconds: .min)),
                .id(after?.camera ?? Self.smallestCamera),
                .bool(includingRemoved),
                .int(limit + 1),
                .bool(scope == nil),
                .array((scope?.cameras ?? []).map { .id($0) }, of: .uuid),
                .array((scope?.sites ?? []).map { .id($0) }, of: .uuid)
            )
            var cameras = try rows.decode { row throws(DatabaseError) in try Self.camera(&row) }
            let hasMore = cameras.count > limit
            if hasMore { cameras.removeLast() }
            try Self.addStreams(tenant, to: &cameras, &session)
            let next = hasMore ? cameras.last : nil
            return CameraPage(
                cameras: cameras,
                next: next.map { CameraCursor(createdAt: $0.createdAt, camera: $0.id) }
            )
        }
    }

    /// Name of the constraint in the error of a camera beyond the organisation's limit.
    package static let cameraLimitConstraint = "camera_limit"

    /// Holds the organisation's row against others who add one, where it has a limit.
    private static func checkCameraLimit(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) {
        let limit = try session.query(
            """
            SELECT camera_limit FROM tenants WHERE id = $1 AND camera_limit IS NOT NULL
            FOR NO KEY UPDATE
            """,
            .id(tenant)
        ).first?.optional(0, as: Int.self)
        guard let limit = limit ?? nil else { return }
        let count: Int? = try session.query(
            "SELECT count(*) FROM cameras WHERE tenant_id = $1 AND removed_at IS NULL",
            .id(tenant)
        ).first?.value(0)
        guard (count ?? 0) < limit else {
            throw DatabaseError(
                .server,
                "there are enough cameras",
                sqlState: "23505",
                constraint: Self.cameraLimitConstraint
            )
        }
    }

    /// Adds a camera; it is recorded from the next round of assignments on.
    ///
    /// `conflict`: the id is taken. `notFound`: no such site. `invalid`: a value outside its
    /// limits, no main stream, or two streams of one role.
    package func createCamera(
        _ tenant: TenantID,
        _ camera: NewCamera
    ) async throws(CatalogError) -> Camera {
        try Self.check(camera)
        return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try Self.checkCameraLimit(tenant, &session)
            try session.query(
                """
                INSERT INTO cameras (tenant_id, id, site_id, name, transport, retention_days)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                .id(tenant),
                .id(camera.id),
                .id(camera.site),
                .text(camera.name),
                .text(camera.transport.rawValue),
                .int(camera.retentionDays.map { Int64($0) })
            )
            for stream in camera.streams {
                try session.query(
                    """
                    INSERT INTO camera_streams (tenant_id, camera_id, stream, url, credentials)
                    VALUES ($1, $2, $3, $4, $5)
                    """,
                    .id(tenant),
                    .id(camera.id),
                    .text(stream.role.rawValue),
                    .text(stream.url),
                    .bytes(stream.credentials)
                )
            }
            guard let created = try Self.camera(tenant, camera.id, &session) else {
                throw DatabaseError(.decoding, "the new camera was not returned")
            }
            return created
        }
    }

    /// Ends the recording of a camera; its footage stays to the end of its retention.
    /// - Returns: False if the tenant has no such camera, or it was removed before.
    package func removeCamera(
        _ tenant: TenantID,
        _ camera: CameraID
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            let changed = try session.query(
                """
                UPDATE cameras SET removed_at = now(), version = version + 1
                WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL
                """,
                .id(tenant),
                .id(camera)
            )
            return changed.affected == 1
        }
    }

    private static let smallestCamera = CameraID("00000000-0000-0000-0000-000000000000")

    private static func check(_ camera: NewCamera) throws(CatalogError) {
        let roles = camera.streams.map { $0.role }
        guard roles.contains(.main), Set(roles).count == roles.count else {
            throw CatalogError(.invalid, "a camera has one main stream and at most one sub stream")
        }
        guard 1...NewCamera.nameLimit ~= camera.name.unicodeScalars.count else {
            throw CatalogError(.invalid, "a name has 1 to \(NewCamera.nameLimit) characters")
        }
        guard !camera.name.unicodeScalars.contains("\0") else {
            throw CatalogError(.invalid, "a name has no NUL character")
        }
        guard camera.retentionDays.map({ NewCamera.retentionRange ~= $0 }) ?? true else {
            throw CatalogError(.invalid, "footage is kept 1 to 3650 days")
        }
    }

    private static func camera(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ session: inout Session
    ) throws(DatabaseError) -> Camera? {
        let rows = try session.query(
            """
            SELECT c.tenant_id, c.id, c.site_id, c.name, c.transport, r.days, c.version,
                c.created_at, c.removed_at
            FROM cameras c
                JOIN camera_retention r ON r.tenant_id = c.tenant_id AND r.camera_id = c.id
            WHERE c.tenant_id = $1 AND c.id = $2
            """,
            .id(tenant),
            .id(camera)
        )
        var cameras = try rows.decode { row throws(DatabaseError) in try Self.camera(&row) }
        try addStreams(tenant, to: &cameras, &session)
        return cameras.first
    }

    private static func camera(_ row: inout RowReader) throws(DatabaseError) -> Camera {
        Camera(
            tenant: try row.next(),
            id: try row.next(),
            site: try row.nextOptional(),
            name: try row.next(),
            transport: try row.nextWord(),
            retentionDays: try row.next(),
            streams: [],
            version: try row.next(),
            createdAt: try row.next(),
            removedAt: try row.nextOptional()
        )
    }

    private static func addStreams(
        _ tenant: TenantID,
        to cameras: inout [Camera],
        _ session: inout Session
    ) throws(DatabaseError) {
        if cameras.isEmpty { return }
        let rows = try session.query(
            """
            SELECT camera_id, stream, url, credentials FROM camera_streams
            WHERE tenant_id = $1 AND camera_id = ANY ($2) ORDER BY camera_id, stream
            """,
            .id(tenant),
            .array(cameras.map { .id($0.id) }, of: .uuid)
        )
        let streams = try rows.decode { row throws(DatabaseError) in
            (
                try row.next(CameraID.self),
                CameraStream(
                    role: try row.nextWord(),
                    url: try row.next(),
                    credentials: try row.nextOptional()
                )
            )
        }
        let byCamera = Dictionary(grouping: streams) { $0.0 }
        for index in cameras.indices {
            cameras[index].streams = byCamera[cameras[index].id]?.map { $0.1 } ?? []
        }
    }
}
