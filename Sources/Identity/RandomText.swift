internal import Keys

/// Texts that nobody can guess.
package enum RandomText {
    private static let length = 32

    /// 43 characters of base64url: 256 random bits.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.urlEncoded(
            (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
    }
}
