internal import Catalog
package import Domain

/// The body of `POST /api/v1/cameras`, checked.
package struct CameraRequest: Hashable, Sendable {
    /// One stream with its credentials, which are split off the URL.
    package struct Stream: Hashable, Sendable {
        package var role: StreamRole
        package var url: CameraURL
        package var credentials: CameraCredentials?
    }

    package static let example =
        #"{"name":"Gate","url":"rtsp://user:password@192.168.1.20:554/stream1"}"#
    private static let urlExample = "rtsp://192.168.1.20:554/stream1"
    private static let known = "name, url, site_id, transport, retention_days, streams"

    package var name: String
    package var site: SiteID?
    /// Nil: the rule of its site, else of its tenant.
    package var retentionDays: Int?
    /// `main` first.
    package var streams: [Stream]

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8], networks: AddressPolicy) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        name = reader.requiredText("name", limit: NewCamera.nameLimit, example: "Gate")
        site = Self.site(&reader)
        _ = reader.choice("transport", of: CameraTransport.self)
        retentionDays =
            reader.integer("retention_days", NewCamera.retentionRange, example: "30")
        streams = Self.streams(&reader, networks)
        reader.reportUnknown(known: Self.known)
        try reader.finish()
    }

    private static func site(_ reader: inout BodyReader) -> SiteID? {
        let example = "0b7e4d1c-6f0a-4d39-9d0e-2f6d3f1c5a77"
        guard let text = reader.text("site_id", limit: 64, example: example) else { return nil }
        guard let site = SiteID(text) else {
            reader.report("site_id", "is not a UUID", example: example)
            return nil
        }
        return site
    }

    private static func streams(_ reader: inout BodyReader, _ networks: AddressPolicy) -> [Stream] {
        let before = reader.problems.count
        let short = reader.text("url", limit: CameraURL.lengthLimit, example: urlExample)
        let list = reader.objects(
            "streams",
            limit: StreamRole.allCases.count,
            example: #"[{"role":"main","url":"\#(urlExample)"}]"#
        )
        if short != nil, list != nil {
            reader.report(
                "url",
                "is short for the main stream: give url or streams, not both",
                example: urlExample
            )
            return []
        }
        if let short {
            let read = Self.url(short, "url", &reader, networks)
            return read.map { [Stream(role: .main, url: $0.url, credentials: $0.credentials)] }
                ?? []
        }
        guard let list else {
            if reader.problems.count == before {
                reader.report("url", "is missing", example: urlExample)
            }
            return []
        }
        var streams: [Stream] = []
        var roles: Set<StreamRole> = []
        for var entry in list {
            if let stream = stream(&entry, &roles, networks) { streams.append(stream) }
            reader.adopt(entry.problems)
        }
        if reader.problems.count == before, !roles.contains(.main) {
            reader.report("streams", "has no stream with the role main", example: "main")
        }
        return streams.sorted { $0.role == .main && $1.role != .main }
    }

    private static func stream(
        _ entry: inout BodyReader,
        _ roles: inout Set<StreamRole>,
        _ networks: AddressPolicy
    ) -> Stream? {
        let count = entry.problems.count
        let role = entry.choice("role", of: StreamRole.self)
        if role == nil, entry.problems.count == count {
            entry.report("role", "is missing", example: "main")
        }
        let text = entry.requiredText("url", limit: CameraURL.lengthLimit, example: urlExample)
        let read = text.isEmpty ? nil : url(text, "url", &entry, networks)
        entry.reportUnknown(known: "role, url")
        guard let role, let read else { return nil }
        guard roles.insert(role).inserted else {
            entry.report("role", "is given to two streams", example: "sub")
            return nil
        }
        return Stream(role: role, url: read.url, credentials: read.credentials)
    }

    private static func url(
        _ text: String,
        _ name: String,
        _ reader: inout BodyReader,
        _ networks: AddressPolicy
    ) -> (url: CameraURL, credentials: CameraCredentials?)? {
        let read: (url: CameraURL, credentials: CameraCredentials?)
        do {
            read = try CameraURL.parse(text)
        } catch {
            let reason = error.description.split(separator: ";").first.map { String($0) }
            reader.report(name, reason ?? "is not a camera's URL", example: urlExample)
            return nil
        }
        // Names are checked at every connect; an address can be refused here already.
        if let address = IPAddress(read.url.host), !networks.allows(address) {
            let example = networks.allowed.first.map { "an address in \($0)" } ?? urlExample
            reader.report(
                name,
                "the address is outside the networks that cameras may be in "
                    + "(CAMERA_NETWORKS)",
                example: example
            )
            return nil
        }
        return read
    }
}
