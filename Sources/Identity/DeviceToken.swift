internal import Crypto
package import Domain
internal import Keys

/// What a device gets that has logged in to an account, and shows at its next login: it has attempts
/// of its own there, so that nobody who only knows the account can lock it out.
///
/// It gives no right at all and names nobody; it is kept nowhere. Whoever has a copy may guess
/// besides, as slowly as everybody.
package struct DeviceToken: Hashable, Sendable {
    /// What it begins with, so that scanners of source code know what they found.
    package static let prefix = "sparc_dev_"
    /// Seconds: who has not logged in for longer is a device like any other.
    package static let lifetime: Int64 = 180 * 86_400
    private static let identifierLength = 16
    private static let codeLength = 32
    private static let textLimit = 120

    /// Hex digits, random.
    package let id: String
    private let body: [UInt8]

    /// A new one.
    package init(now: WallTime) {
        var generator = SystemRandomNumberGenerator()
        var writer = ByteWriter()
        writer.append(
            (0..<Self.identifierLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        )
        writer.signed64(now.microseconds / 1_000_000 + Self.lifetime)
        body = writer.bytes
        id = Self.id(body)
    }

    /// The text for one account, with `KeyRing.derive(.deviceToken)`.
    /// - Parameter account: The words that the login names it by, as `LoginAttempt` has them.
    package func text(account: String, key: [UInt8]) -> String {
        Self.prefix + Base64.urlEncoded(body + Self.code(body, account, key))
    }

    /// Reads what a device shows; nil if it is none, of another account, or too old.
    package init?(_ text: String, account: String, key: [UInt8], now: WallTime) {
        guard text.utf8.count <= Self.textLimit, text.hasPrefix(Self.prefix),
            let bytes = Base64.decoded(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.identifierLength + 8 + Self.codeLength
        else { return nil }
        let body = Array(bytes[..<(Self.identifierLength + 8)])
        let code = Array(bytes[(Self.identifierLength + 8)...])
        guard ConstantTime.equal(code, Self.code(body, account, key)) else { return nil }
        var reader = ByteReader(Array(body[Self.identifierLength...]))
        guard let until = reader.signed64(), now.microseconds / 1_000_000 < until else {
            return nil
        }
        self.body = body
        id = Self.id(body)
    }

    private static func id(_ body: [UInt8]) -> String {
        body[..<identifierLength].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func code(_ body: [UInt8], _ account: String, _ key: [UInt8]) -> [UInt8] {
        let message = Array("sparc-device-1\n".utf8) + body + Array(account.utf8)
        return Array(
            HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
        )
    }
}
