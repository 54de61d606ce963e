internal import Crypto

/// The secret of a webhook and its signatures (Standard Webhooks 1.0: HMAC with SHA-256 over
/// `id.timestamp.body`). Prints nothing of it.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of a new secret; the standard asks for 24 to 64.
    package static let length = 32
    private static let prefix = "whsec_"

    private let bytes: [UInt8]

    /// A new random secret.
    package init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads `whsec_` and base64; nil for anything else, or fewer than 24 or more than 64 bytes.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let bytes = Base64.decoded(text.dropFirst(Self.prefix.count)),
            24...64 ~= bytes.count
        else { return nil }
        self.bytes = bytes
    }

    /// As its owner gets it, once.
    package var text: String {
        Self.prefix + Base64.encoded(bytes)
    }

    /// The value of `webhook-signature`.
    /// - Parameters:
    ///   - id: The value of `webhook-id`.
    ///   - timestamp: The value of `webhook-timestamp`, seconds since 1970.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: bytes))
        return "v1," + Base64.encoded(Array(code))
    }

    package var description: String {
        "(webhook secret)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
