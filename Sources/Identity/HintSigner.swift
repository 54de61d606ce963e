internal import Crypto
package import Domain
internal import Keys

/// Packs hints into messages that only a coordinator of this installation can have written.
///
/// A message is version, sender, moment, number, hints, and HMAC-SHA256 over all of it under a key that
/// derives from the master key: who can write to Redis, but has no key, ends nobody's login and locks
/// nobody out. The number counts up, so that no message counts twice.
package struct HintSigner: Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of a sender.
    package static let senderLength = 16
    /// Bytes of the longest message that is written: the stream has at most its count times as many.
    package static let lengthLimit = 4_096
    static let version: UInt64 = 1
    static let headerLength = 1 + senderLength + 8 + 8
    static let codeLength = 32

    /// Random, new for each process: it knows its own messages by it.
    package let sender: [UInt8]
    private let key: [UInt8]
    private var number: UInt64 = 0

    /// - Parameter key: `KeyRing.derive(.hintSignature)`.
    package init(key: [UInt8]) {
        self.key = key
        var generator = SystemRandomNumberGenerator()
        sender = (0..<Self.senderLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// One message with as many of the hints as it holds, from the first.
    /// - Returns: The message, and how many it took; nil without hints.
    package mutating func message(
        _ hints: ArraySlice<Hint>,
        now: WallTime
    ) -> (bytes: [UInt8], count: Int)? {
        guard !hints.isEmpty else { return nil }
        number += 1
        var writer = ByteWriter()
        writer.unsigned(Self.version, 1)
        writer.append(sender)
        writer.signed64(now.microseconds)
        writer.unsigned(number, 8)
        var count = 0
        let room = Self.lengthLimit - Self.codeLength - Hint.lengthLimit
        for hint in hints where writer.bytes.count <= room {
            hint.write(to: &writer)
            count += 1
        }
        return (writer.bytes + Self.code(writer.bytes, key), count)
    }

    static func code(_ body: [UInt8], _ key: [UInt8]) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array("sparc-hints-1\n".utf8) + body,
                using: SymmetricKey(data: key)
            )
        )
    }

    package var description: String {
        "(signer of hints)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
