package import Domain
import Foundation
import Synchronization
package import Transfer

/// A viewer of a running installation: logs in, reads playlists as a player would, and audits the
/// stamps in what it got.
package struct Viewer: Sendable {
    package let base: String
    package let client: HTTPClient
    private let login: Login
    private let session: Session

    /// The access token now in use.
    package var token: String { session.token.withLock { $0 } }

    private final class Session: Sendable {
        let token: Mutex<String>

        init(_ token: String) {
            self.token = Mutex(token)
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package struct Camera: Codable, Sendable {
        package var id: String
        package var name: String
        package var state: String
        package var url: String
    }

    /// A gap as the timeline shows it.
    package struct Span: Codable, Sendable {
        package var start: WallTime
        package var end: WallTime
        package var reason: GapReason?
    }

    package struct Timeline: Codable, Sendable {
        package var recorded: [Span]
        package var gaps: [Span]
    }

    private struct Page: Codable {
        var items: [Camera]
    }

    /// Who logs in.
    package struct Login: Sendable {
        var email: String
        var password: String
        var tenant: String

        package init(email: String, password: String, tenant: String) {
            self.email = email
            self.password = password
            self.tenant = tenant
        }

        /// The user of a development installation.
        package static let development = Login(
            email: "admin@sparc.dev",
            password: "admin123",
            tenant: "development"
        )
    }

    /// Logs in, and again whenever the token has expired.
    package static func logIn(
        _ installation: SparcInstallation,
        as login: Login = .development
    ) async throws -> Viewer {
        try await logIn(installation.baseURL, installation.client, as: login)
    }

    /// Logs in at any coordinator.
    package static func logIn(
        _ base: String,
        _ client: HTTPClient,
        as login: Login = .development
    ) async throws -> Viewer {
        let token = try await newToken(base, client, login)
        return Viewer(base: base, client: client, login: login, token: token)
    }

    private static func newToken(
        _ base: String,
        _ client: HTTPClient,
        _ login: Login
    ) async throws -> String {
        let body = """
            {"email":"\(login.email)","password":"\(login.password)","tenant":"\(login.tenant)"}
            """
        let answer = try await client.send(
            HTTPRequest(
                .post,
                base + "/api/v1/auth/login",
                headers: [("Content-Type", "application/json")],
                body: Array(body.utf8)
            )
        )
        let object = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        guard answer.status == 200, let token = object?["access_token"] as? String else {
            throw Failure(description: "login: status \(answer.status)")
        }
        return token
    }

    private init(base: String, client: HTTPClient, login: Login, token: String) {
        self.login = login
        self.base = base
        self.client = client
        session = Session(token)
    }

    /// Any request with the viewer's token; a path or a whole URL.
    package func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPResponse {
        let answer = try await sendOnce(method, path, body, headers)
        guard answer.status == 401 else { return answer }
        let token = try await Self.newToken(base, client, login)
        session.token.withLock { $0 = token }
        return try await sendOnce(method, path, body, headers)
    }

    private func sendOnce(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String?,
        _ headers: [(name: String, value: String)]
    ) async throws -> HTTPResponse {
        var all = headers + [(name: "Authorization", value: "Bearer \(token)")]
        if body != nil { all.append(("Content-Type", "application/json")) }
        return try await client.send(
            HTTPRequest(
                method,
                path.hasPrefix("http") ? path : base + path,
                headers: all,
                body: Array((body ?? "").utf8),
                deadline: .seconds(30),
                responseLimit: 64 << 20
            )
        )
    }

    package func cameras() async throws -> [Camera] {
        let answer = try await send(.get, "/api/v1/cameras?limit=200")
        guard answer.status == 200 else {
            throw Failure(description: "GET /cameras: status \(answer.status)")
        }
        return try JSONDecoder().decode(Page.self, from: Data(answer.body)).items
    }

    package func addCamera(name: String, url: String) async throws -> Camera {
        let body = try JSONEncoder().encode(["name": name, "url": url])
        let answer = try await send(
            .post,
            "/api/v1/cameras",
            body: String(decoding: body, as: UTF8.self)
        )
        guard answer.status == 201 else {
            throw Failure(
                description: "POST /cameras: \(String(decoding: answer.body, as: UTF8.self))"
            )
        }
        return try JSONDecoder().decode(Camera.self, from: Data(answer.body))
    }

    package func timeline(
        _ camera: String,
        from: WallTime,
        to: WallTime
    ) async throws -> Timeline {
        let answer = try await send(
            .get,
            "/api/v1/cameras/\(camera)/timeline?from=\(from)&to=\(to)"
        )
        return try JSONDecoder().decode(Timeline.self, from: Data(answer.body))
    }

    package func livePlaylist(_ camera: String) async throws -> String {
        try await text("/hls/\(camera)/live.m3u8")
    }

    /// The URL of a live playlist that needs no header, as a player gets it.
    package func liveURL(_ camera: String) async throws -> String {
        let answer = try await send(.get, "/api/v1/cameras/\(camera)/playback")
        let object = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        guard answer.status == 200, let path = object?["live"] as? String else {
            throw Failure(description: "playback: status \(answer.status)")
        }
        return base + path
    }

    package func archivePlaylist(
        _ camera: String,
        from: WallTime,
        to: WallTime
    ) async throws -> String {
        try await text("/hls/\(camera)/archive.m3u8?from=\(from)&to=\(to)")
    }

    private func text(_ path: String) async throws -> String {
        let answer = try await send(.get, path)
        guard answer.status == 200 else {
            throw Failure(
                description: "\(path): status \(answer.status) "
                    + String(decoding: answer.body.prefix(500), as: UTF8.self)
            )
        }
        return String(decoding: answer.body, as: UTF8.self)
    }

    /// Fetches every listed segment of a playlist without a token, as any player would.
    package func segments(of playlist: String) async throws -> [PlayedSegment] {
        var played: [PlayedSegment] = []
        for entry in PlaylistEntry.all(in: playlist) {
            guard !entry.isGap else {
                played.append(PlayedSegment(entry: entry, bytes: []))
                continue
            }
            played.append(
                PlayedSegment(entry: entry, bytes: try await fetch(entry.uri, entry.range))
            )
        }
        return played
    }

    /// Bytes of a media resource; without the token.
    package func fetch(_ uri: String, _ range: Range<Int>?) async throws -> [UInt8] {
        var headers: [(name: String, value: String)] = []
        if let range {
            headers.append(("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        let answer = try await client.send(
            HTTPRequest(
                .get,
                uri.hasPrefix("http") ? uri : base + uri,
                headers: headers,
                deadline: .seconds(30),
                responseLimit: 64 << 20
            )
        )
        guard answer.status == (range == nil ? 200 : 206) else {
            throw Failure(description: "\(uri): status \(answer.status)")
        }
        if let range, answer.body.count != range.count {
            throw Failure(description: "\(uri): \(answer.body.count) bytes for \(range)")
        }
        return answer.body
    }
}

/// A listed segment with its bytes; a gap has none.
package struct PlayedSegment: Sendable {
    package let entry: PlaylistEntry
    package let bytes: [UInt8]

    package var stamps: [PictureStamp] {
        PictureStamp.all(in: bytes)
    }
}
