package import Domain

/// Why a session ended: what happened and what to do about it, safe to show to anyone.
///
/// Text from a camera is never repeated in it beyond a status code and names from closed lists.
package struct RTSPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong; callers decide by it, people read `message`.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The camera wants other credentials, or a scheme that is not spoken here.
        case authentication
        /// The camera has no stream at this path (404, 410, 454 at the first request).
        case notFound
        /// The camera sent bytes that are not RTSP, SDP or RTP as the standards have them.
        case protocolViolation
        /// The camera sent more than a named limit allows.
        case limit
        /// The camera did not answer in time.
        case timeout
        /// The camera sends the client to another address: see `redirectTarget`.
        case redirect
        /// The camera offers nothing that can be recorded.
        case unsupported
        /// The camera refused a request with another status.
        case rejected
        /// The camera ended the session itself.
        case ended
    }

    package let code: Code
    /// One sentence; never with credentials, never with text from the camera.
    package let message: String
    /// Where `.redirect` points to; nil for every other code and for a target that is no rtsp URL.
    package let redirectTarget: CameraURL?

    package init(_ code: Code, _ message: String, redirectTarget: CameraURL? = nil) {
        self.code = code
        self.message = message
        self.redirectTarget = redirectTarget
    }

    /// False where the same attempt will fail again until somebody changes a setting: trying again
    /// soon would only lock the camera's account.
    package var isRetryable: Bool {
        switch code {
        case .authentication, .redirect, .unsupported: false
        case .notFound, .protocolViolation, .limit, .timeout, .rejected, .ended: true
        }
    }

    package var description: String {
        message
    }
}
