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
    private static let bodyLength = identifierLength + 8 + 1
    private static let codeLength = 32
    private static let textLimit = 120

    /// Whether a code of a second factor was shown too: who had the password alone, before there was
    /// a factor, tries codes as slowly as on a device that nobody knows.
    package let hasShownCode: Bool
    private let body: [UInt8]

    /// A new one.
    package init(now: WallTime, hasShownCode: Bool) {
        var generator = SystemRandomNumberGenerator()
        self.init(
            (0..<Self.identifierLength).map { _ in UInt8.random(in: 0...255, using: &generator) },
            now: now,
            hasShownCode: hasShownCode
        )
    }

    private init(_ identifier: [UInt8], now: WallTime, hasShownCode: Bool) {
        var writer = ByteWriter()
        writer.append(identifier)
        writer.signed64(now.microseconds / 1_000_000 + Self.lifetime)
        writer.append([hasShownCode ? 1 : 0])
        body = writer.bytes
        self.hasShownCode = hasShownCode
    }

    /// The same device after another login, from then on.
    package func renewed(now: WallTime, hasShownCode: Bool) -> DeviceToken {
        DeviceToken(
            Array(body[..<Self.identifierLength]),
            now: now,
            hasShownCode: hasShownCode || self.hasShownCode
        )
    }

    /// Hex digits, random; the same after `renewed`.
    package var id: String {
        body[..<Self.identifierLength].map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }.joined()
    }

    /// The text for one account, with `KeyRing.derive(.deviceToken)`.
    /// - Parameter account: The words that the login names it by, as `LoginAttempt` has them.
    package func text(account: String, key: [UInt8]) -> String {
        Self.prefix + Base64.urlEncoded(body + Self.code(body, account, key))
    }

    /// Reads what a device shows; nil if it is none, of another account, or too old.
    package init?(_ text: String, account: String, key: [UInt8], now: WallTime) {
        guard text.utf8.count <= Self.textLimit, text.hasPrefix(Self.prefix),
            let bytes = Base64.urlDecoded(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.bodyLength + Self.codeLength
        else { return nil }
        let body = Array(bytes[..<Self.bodyLength])
        let code = Array(bytes[Self.bodyLength...])
        guard ConstantTime.equal(code, Self.code(body, account, key)) else { return nil }
        var reader = ByteReader(Array(body[Self.identifierLength...]))
        guard let until = reader.signed64(), now.microseconds / 1_000_000 < until else {
            return nil
        }
        self.body = body
        hasShownCode = body[Self.bodyLength - 1] == 1
    }

    private static func code(_ body: [UInt8], _ account: String, _ key: [UInt8]) -> [UInt8] {
        let message = Array("sparc-device-1\n".utf8) + body + Array(account.utf8)
        return Array(
            HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key))
        )
    }
}
