internal import Crypto

/// What a one-time set-up link carries: 256 random bits. The database has its hash only. Prints
/// nothing of it.
package struct SetupToken: Sendable, CustomStringConvertible, CustomReflectable {
    private static let byteCount = 32

    private let bytes: [UInt8]

    /// A new one.
    package init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text of one; nil for anything else.
    package init?(_ text: String) {
        guard let bytes = Base64.decoded(text), bytes.count == Self.byteCount,
            Base64.urlEncoded(bytes) == text
        else { return nil }
        self.bytes = bytes
    }

    /// 43 characters of base64url. A secret.
    package var text: String {
        Base64.urlEncoded(bytes)
    }

    /// SHA-256, 32 bytes. No slow hash: nobody can try 2^256 tokens.
    package var hash: [UInt8] {
        Array(SHA256.hash(data: bytes))
    }

    /// The link. The token stands in the fragment, which browsers never send: no server and no
    /// proxy has it in its log.
    ///
    /// - Parameter base: URL of the console without a slash at its end.
    package func link(base: String) -> String {
        "\(base)/setup#token=\(text)"
    }

    package var description: String {
        "(set-up token)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
