import Crypto
import Domain
import Identity

/// Messages that `HintSigner` would not write.
enum HintFixture {
    static func signed(_ body: [UInt8], key: [UInt8], now: WallTime) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(1, 1)
        writer.append([UInt8](repeating: 9, count: HintSigner.senderLength))
        writer.signed64(now.microseconds)
        writer.unsigned(1, 8)
        writer.append(body)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("sparc-hints-1\n".utf8) + writer.bytes,
            using: SymmetricKey(data: key)
        )
        return writer.bytes + Array(code)
    }
}
