package import API
package import Domain
internal import FoundationEssentials
internal import Transfer

/// The live edges of workers, over HTTP with the worker token.
package struct EdgeClient: EdgeReading {
    /// Longest live playlist, bytes.
    static let playlistLimit = 1 << 20
    /// Longest list of holdings, bytes: a day's spool in chunks of one segment.
    static let holdingsLimit = 32 << 20
    /// Longest media answer, bytes: a chunk of a minute at 8 Mbit/s whole, any segment.
    static let mediaLimit = 64 << 20

    private let client: HTTPClient
    private let token: String

    /// Starts the transfer thread; `close()` ends it. Workers name their own address, and are
    /// trusted by the token, so no address policy applies.
    package init(token: String) {
        client = HTTPClient(policy: nil)
        self.token = token
    }

    /// Ends the transfer thread.
    package func close() {
        client.close()
    }

    package func livePlaylist(
        at edge: String,
        camera: CameraID,
        stream: StreamRole
    ) async throws(EdgeError) -> String {
        let response = try await get(
            edge,
            "/edge/live/\(camera)/\(stream.rawValue).m3u8",
            limit: Self.playlistLimit,
            deadline: .seconds(2)
        )
        guard response.status == 200,
            let text = String(validating: response.body, as: UTF8.self)
        else { throw Self.error(for: response.status) }
        return text
    }

    package func holdings(
        at edge: String,
        camera: CameraID,
        stream: StreamRole,
        from: WallTime,
        to: WallTime
    ) async throws(EdgeError) -> SpoolHoldings {
        let response = try await get(
            edge,
            "/edge/spool/\(camera)/\(stream.rawValue)?from=\(from)&to=\(to)",
            limit: Self.holdingsLimit,
            deadline: .seconds(1)
        )
        guard response.status == 200 else { throw Self.error(for: response.status) }
        do {
            return try JSONDecoder().decode(SpoolHoldings.self, from: Data(response.body))
        } catch {
            throw EdgeError(.malformed)
        }
    }

    package func media(
        at edge: String,
        target: String,
        range: String?
    ) async throws(EdgeError) -> EdgeMedia {
        let response = try await get(
            edge,
            target,
            limit: Self.mediaLimit,
            deadline: .seconds(20),
            range: range,
            showsToken: false
        )
        guard [200, 206, 416].contains(response.status) else {
            throw Self.error(for: response.status)
        }
        return EdgeMedia(
            status: response.status,
            contentType: response.header("content-type") ?? "video/mp4",
            contentRange: response.header("content-range"),
            bytes: response.body
        )
    }

    private func get(
        _ edge: String,
        _ target: String,
        limit: Int,
        deadline: Duration,
        range: String? = nil,
        showsToken: Bool = true
    ) async throws(EdgeError) -> HTTPResponse {
        var headers: [(name: String, value: String)] = []
        if showsToken { headers.append(("Authorization", "Bearer \(token)")) }
        if let range { headers.append(("Range", range)) }
        let base = edge.hasSuffix("/") ? String(edge.dropLast()) : edge
        do throws(TransferError) {
            return try await client.send(
                HTTPRequest(
                    .get,
                    base + target,
                    headers: headers,
                    deadline: deadline,
                    responseLimit: limit
                )
            )
        } catch {
            switch error.code {
            case .timeout: throw EdgeError(.timeout)
            case .tooLarge, .invalidRequest: throw EdgeError(.malformed)
            default: throw EdgeError(.unreachable)
            }
        }
    }

    private static func error(for status: Int) -> EdgeError {
        switch status {
        case 404: EdgeError(.notFound)
        // Registered, but its answer to the registration has not arrived: in a moment.
        case 500...599: EdgeError(.unreachable)
        default: EdgeError(.malformed)
        }
    }
}
