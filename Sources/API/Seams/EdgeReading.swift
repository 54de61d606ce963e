package import Domain

/// The live edge of a worker, as the API needs it; the coordinator implements it over HTTP.
package protocol EdgeReading: Sendable {
    /// The live playlist of a stream, as the worker renders it.
    func livePlaylist(
        at edge: String,
        camera: CameraID,
        stream: StreamRole
    ) async throws(EdgeError) -> String

    /// What the worker's spool holds of a range; answers within a second or throws `timeout`.
    func holdings(
        at edge: String,
        camera: CameraID,
        stream: StreamRole,
        from: WallTime,
        to: WallTime
    ) async throws(EdgeError) -> SpoolHoldings

    /// Media bytes. `target` is path and query as they were signed, `range` a Range header.
    func media(
        at edge: String,
        target: String,
        range: String?
    ) async throws(EdgeError) -> EdgeMedia
}

/// Media as a live edge answered it.
package struct EdgeMedia: Sendable {
    /// 200, 206 or 416.
    package var status: Int
    package var contentType: String
    package var contentRange: String?
    package var bytes: [UInt8]

    package init(status: Int, contentType: String, contentRange: String?, bytes: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.contentRange = contentRange
        self.bytes = bytes
    }
}

/// Why a live edge gave nothing.
package struct EdgeError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No connection, or it broke.
        case unreachable = "worker_unreachable"
        /// No whole answer within the deadline.
        case timeout = "worker_timeout"
        /// It does not have that.
        case notFound = "worker_has_none"
        /// An answer that nothing can be made of.
        case malformed = "worker_answer_malformed"
    }

    package let code: Code

    package init(_ code: Code) {
        self.code = code
    }

    package var isRetryable: Bool {
        code != .malformed
    }

    package var description: String {
        code.rawValue
    }
}
