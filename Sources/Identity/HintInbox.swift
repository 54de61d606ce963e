package import Domain
internal import Keys

/// Takes what other coordinators told, and nothing that anybody else wrote: a value, without clock or
/// I/O. Any bytes may come; none trap.
package struct HintInbox: Sendable {
    /// What a message is.
    package enum Content: Hashable, Sendable {
        /// To be applied, as of a moment that is not after now.
        case hints([Hint], at: WallTime)
        /// Of this process.
        case own
        case refused(Refusal)
    }

    /// Why a message changes nothing.
    package enum Refusal: String, Sendable, Hashable, CaseIterable {
        /// No coordinator of this installation wrote it, or not so.
        case forged
        /// It is too old, or from the future.
        case stale
        /// It came before, or after a later one of its sender.
        case repeated
        /// It is signed and cannot be read, or there are more senders than can be.
        case unreadable
    }

    /// Seconds for which a message counts, so that a coordinator that starts learns of the last ones:
    /// as long as the longest wait of a login.
    package static let memory: Int64 = 900
    /// Seconds by which the clocks of two coordinators may differ.
    package static let skew: Int64 = 60
    /// Senders that are remembered: coordinators that started within `memory`.
    package static let senderLimit = 1_000

    private struct Sender: Sendable {
        var number: UInt64
        /// Microseconds, of the last message.
        var last: Int64
    }

    private let own: [UInt8]
    private let key: [UInt8]
    private var senders: [[UInt8]: Sender] = [:]

    /// - Parameters:
    ///   - own: `HintSigner.sender` of this process.
    ///   - key: `KeyRing.derive(.hintSignature)`.
    package init(own: [UInt8], key: [UInt8]) {
        self.own = own
        self.key = key
    }

    /// Reads one message. The signature comes first: nothing is read of what has none.
    package mutating func open(_ message: [UInt8], now: WallTime) -> Content {
        let end = message.count - HintSigner.codeLength
        guard end >= HintSigner.headerLength, message.count <= HintSigner.lengthLimit,
            ConstantTime.equal(
                Array(message[end...]),
                HintSigner.code(Array(message[..<end]), key)
            )
        else { return .refused(.forged) }
        var reader = ByteReader(Array(message[..<end]))
        guard reader.unsigned(1) == HintSigner.version,
            let name = reader.take(HintSigner.senderLength),
            let moment = reader.signed64(), let number = reader.unsigned(8)
        else { return .refused(.unreadable) }
        guard name != own else { return .own }
        let (age, isFar) = now.microseconds.subtractingReportingOverflow(moment)
        guard !isFar, -Self.skew * 1_000_000...Self.memory * 1_000_000 ~= age else {
            return .refused(.stale)
        }
        if let known = senders[name], number <= known.number { return .refused(.repeated) }
        guard senders[name] != nil || makeRoom(now) else { return .refused(.unreadable) }
        let last = max(moment, senders[name]?.last ?? moment)
        senders[name] = Sender(number: number, last: last)
        var hints: [Hint] = []
        while reader.remaining > 0 {
            guard let hint = Hint.read(from: &reader) else { return .refused(.unreadable) }
            if let hint { hints.append(hint) }
        }
        return .hints(hints, at: min(now, WallTime(microseconds: moment)))
    }

    /// Forgets senders all of whose messages are stale by now; what would come again of them is refused
    /// as such.
    private mutating func makeRoom(_ now: WallTime) -> Bool {
        guard senders.count >= Self.senderLimit else { return true }
        senders = senders.filter {
            now.microseconds - $0.value.last <= Self.memory * 1_000_000
        }
        return senders.count < Self.senderLimit
    }
}
