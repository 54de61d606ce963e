internal import Catalog
internal import Domain

/// A camera as responses show it. Never holds user name or password.
struct CameraBody: Encodable {
    struct Stream: Encodable {
        var role: StreamRole
        var url: String
        var hasCredentials: Bool
    }

    var id: CameraID
    var name: String
    var url: String
    var state: CameraState
    var siteId: SiteID?
    var transport: CameraTransport
    var retentionDays: Int
    var streams: [Stream]
    var createdAt: WallTime
    var removedAt: WallTime?

    init(_ camera: Camera, report: StreamReport?, now: WallTime) {
        id = camera.id
        name = camera.name
        url = camera.streams.first?.url ?? ""
        state = StreamCondition(report: report, now: now).state
        siteId = camera.site
        transport = camera.transport
        retentionDays = camera.retentionDays
        streams = camera.streams.map {
            Stream(role: $0.role, url: $0.url, hasCredentials: $0.credentials != nil)
        }
        createdAt = camera.createdAt
        removedAt = camera.removedAt
    }
}
