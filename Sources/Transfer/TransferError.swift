/// Why there is no HTTP answer. An answer of any status is not an error here.
package struct TransferError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The URL, a header or an option is unusable.
        case invalidRequest = "invalid_request"
        /// The name has no address.
        case resolve
        /// Nothing listens, or the connection broke before an answer.
        case connect
        /// The address policy does not allow the address.
        case refusedByPolicy = "refused_by_policy"
        /// The certificate or the TLS handshake is bad.
        case tls
        /// The deadline passed.
        case timeout
        /// The answer is longer than the request's limit.
        case tooLarge = "too_large"
        /// The request's own body could not be read.
        case unreadableBody = "unreadable_body"
        /// The task was cancelled, or the client closed.
        case cancelled
        /// Anything else libcurl reports.
        case other
    }

    package let code: Code
    /// What happened; never holds a header, a query or user information.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same request may succeed later.
    package var isRetryable: Bool {
        switch code {
        case .resolve, .connect, .timeout, .unreadableBody, .other: true
        case .invalidRequest, .refusedByPolicy, .tls, .tooLarge, .cancelled: false
        }
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
