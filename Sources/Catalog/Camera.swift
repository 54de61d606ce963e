package import Domain

/// A camera as the catalogue holds it.
package struct Camera: Hashable, Sendable {
    package var tenant: TenantID
    package var id: CameraID
    package var site: SiteID?
    package var name: String
    package var transport: CameraTransport
    /// Days that footage is kept: its own rule, else its site's, else its tenant's.
    package var retentionDays: Int
    /// `main` first; never empty.
    package var streams: [CameraStream]
    /// Grows by one with every change; the ETag.
    package var version: Int64
    package var createdAt: WallTime
    /// Nil while it is recorded; footage stays to the end of its retention.
    package var removedAt: WallTime?
}

/// How media travels from a camera.
package enum CameraTransport: String, Sendable, Codable, Hashable, CaseIterable {
    case tcp
}

/// One of a camera's streams.
package struct CameraStream: Hashable, Sendable {
    package var role: StreamRole
    /// Without user name and password.
    package var url: String
    /// The sealed user name and password, opaque here; nil for a camera without.
    package var credentials: [UInt8]?

    package init(role: StreamRole, url: String, credentials: [UInt8]?) {
        self.role = role
        self.url = url
        self.credentials = credentials
    }
}

/// What a new camera is made of.
package struct NewCamera: Hashable, Sendable {
    /// Longest name, characters.
    package static let nameLimit = 200
    /// Days that footage may be kept.
    package static let retentionRange = 1...3_650

    /// Chosen by the caller: the credentials are sealed for this id.
    package var id: CameraID
    package var site: SiteID?
    package var name: String
    package var transport: CameraTransport
    /// Nil: the rule of its site, else of its tenant.
    package var retentionDays: Int?
    /// At most one per role, and one with the role `main`.
    package var streams: [CameraStream]

    package init(
        id: CameraID = CameraID(),
        site: SiteID? = nil,
        name: String,
        transport: CameraTransport = .tcp,
        retentionDays: Int? = nil,
        streams: [CameraStream]
    ) {
        self.id = id
        self.site = site
        self.name = name
        self.transport = transport
        self.retentionDays = retentionDays
        self.streams = streams
    }
}

/// A page of cameras in the order of their creation.
package struct CameraPage: Hashable, Sendable {
    /// Most cameras in one page.
    package static let limit = 500

    package var cameras: [Camera]
    /// Where the next page begins; nil at the end.
    package var next: CameraCursor?
}

/// The last camera of a page.
package struct CameraCursor: Hashable, Sendable {
    package var createdAt: WallTime
    package var camera: CameraID

    package init(createdAt: WallTime, camera: CameraID) {
        self.createdAt = createdAt
        self.camera = camera
    }
}
