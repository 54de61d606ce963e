package import Domain
internal import FoundationEssentials

/// What one coordinator tells the others, so that they need not wait for the database to hear of it
/// or need not each count from nothing. Nobody depends on it: a hint that never comes changes
/// nothing, and none takes an end or a limit away, but for a right password, which forgets an account's
/// wrong ones as it does where it was given.
package enum Hint: Hashable, Sendable {
    /// A login ended.
    case ended(SessionID)
    /// Requests of a principal were let through.
    case took(RateHolder, RequestKind, count: Int)
    /// What a login came to; its words are blinded (`LoginAttempt.blinded`). Age: seconds from then until
    /// the message was written, because it may have waited.
    case login(LoginAttempt, LoginLimits.Outcome, age: Int64)

    /// Bytes of the longest one that is written.
    static let lengthLimit = 2 + 2 + 2 + 4 * LoginAttempt.blindLength
    /// Requests that one hint may count; more are as many buckets as anybody has.
    package static let countLimit = 1_000_000

    /// Type, length and fields: a reader that does not know the type skips it.
    func write(to writer: inout ByteWriter) {
        var fields = ByteWriter()
        let type: UInt8
        switch self {
        case .ended(let session):
            type = 1
            fields.append(PackedIdentifier.bytes(of: session))
        case .took(let holder, let kind, let count):
            type = 2
            fields.append([holder.kind.rawValue, Self.number(kind)])
            fields.append(PackedIdentifier.bytes(of: SessionID(holder.id)))
            fields.variable(UInt64(min(max(0, count), Self.countLimit)))
        case .login(let attempt, let outcome, let age):
            type = 3
            guard let blind = attempt.blindBytes, let number = Self.number(outcome) else { return }
            let parts: UInt8 = (attempt.device == nil ? 0 : 1) | (attempt.address == nil ? 0 : 2)
            fields.append([number, parts])
            fields.unsigned(UInt64(min(max(0, age), HintInbox.memory)), 2)
            fields.append(blind)
        }
        writer.append([type, UInt8(clamping: fields.bytes.count)])
        writer.append(fields.bytes)
    }

    /// Reads the next one. Nil at the end and for what nobody wrote; `.some(nil)` for a type that a
    /// newer version knows.
    static func read(from reader: inout ByteReader) -> Hint?? {
        guard let type = reader.unsigned(1), let length = reader.unsigned(1),
            let bytes = reader.take(Int(length))
        else { return nil }
        var fields = ByteReader(bytes)
        switch type {
        case 1: return ended(&fields).map { .some($0) }
        case 2: return took(&fields).map { .some($0) }
        case 3: return login(&fields).map { .some($0) }
        default: return .some(nil)
        }
    }

    private static func ended(_ fields: inout ByteReader) -> Hint? {
        guard let session: SessionID = PackedIdentifier.identifier(fields.take(16)),
            fields.remaining == 0
        else { return nil }
        return .ended(session)
    }

    private static func took(_ fields: inout ByteReader) -> Hint? {
        guard let holder = fields.unsigned(1).flatMap({ RateHolder.Kind(rawValue: UInt8($0)) }),
            let number = fields.unsigned(1),
            let kind = RequestKind.allCases.first(where: { Self.number($0) == number }),
            let id: SessionID = PackedIdentifier.identifier(fields.take(16)),
            let count = fields.variable(), count <= countLimit, fields.remaining == 0
        else { return nil }
        return .took(RateHolder(holder, id.uuid), kind, count: Int(count))
    }

    private static func login(_ fields: inout ByteReader) -> Hint? {
        guard let number = fields.unsigned(1), let parts = fields.unsigned(1), parts < 4,
            let outcome = LoginLimits.Outcome.allCases.first(where: {
                Self.number($0).map(UInt64.init) == number
            }),
            let age = fields.unsigned(2), age <= HintInbox.memory,
            let rest = fields.take(fields.remaining),
            let attempt = LoginAttempt(
                blindBytes: rest,
                hasDevice: parts & 1 != 0,
                hasAddress: parts & 2 != 0
            )
        else { return nil }
        return .login(attempt, outcome, age: Int64(age))
    }

    // Numbers on the wire: never another meaning for one.

    private static func number(_ kind: RequestKind) -> UInt8 {
        switch kind {
        case .reads: 1
        case .writes: 2
        case .playlists: 3
        }
    }

    /// Nil for what leaves nothing behind.
    private static func number(_ outcome: LoginLimits.Outcome) -> UInt8? {
        switch outcome {
        case .right: 1
        case .needsCode: 2
        case .wrong: 3
        case .unchecked: nil
        }
    }
}
