import Domain
import Identity
import Keys
import Testing

/// Messages between coordinators: what they carry, and what nobody but a coordinator can make.
struct HintTests {
    private static let key = [UInt8](repeating: 7, count: 32)
    private let now = WallTime(seconds: 1_800_000_000)

    private var hints: [Hint] {
        let login = LoginAttempt(tenant: "t", email: "e@example.com", address: nil)
        var device = LoginAttempt(tenant: "t", email: "e", address: IPAddress("192.0.2.1"))
        device.device = "d"
        return [
            .ended(SessionID()),
            .took(RateHolder(.person, UserID().uuid), .reads, count: 1),
            .took(RateHolder(.key, UserID().uuid), .writes, count: 300),
            .took(RateHolder(.tenant, TenantID().uuid), .playlists, count: Hint.countLimit),
            .login(login.blinded(Self.key), .wrong, age: 0),
            .login(device.blinded(Self.key), .needsCode, age: 900),
            .login(login.blinded(Self.key), .right, age: 17),
        ]
    }

    private func later(_ seconds: Int64) -> WallTime {
        WallTime(microseconds: now.microseconds + seconds * 1_000_000)
    }

    private func message(_ hints: [Hint], _ signer: inout HintSigner) -> [UInt8] {
        signer.message(hints[...], now: now)?.bytes ?? []
    }

    private func inbox(_ key: [UInt8] = key) -> HintInbox {
        HintInbox(own: Array(repeating: 0, count: HintSigner.senderLength), key: key)
    }

    @Test func `every hint comes out as it went in, however many there are`() {
        var signer = HintSigner(key: Self.key)
        var inbox = inbox()
        for repeats in [1, 3, 100] {
            let all = (0..<repeats).flatMap { _ in hints }
            var rest = all[...]
            var found: [Hint] = []
            while let (bytes, count) = signer.message(rest, now: now) {
                #expect(bytes.count <= HintSigner.lengthLimit && count > 0)
                rest = rest.dropFirst(count)
                guard case .hints(let some, now) = inbox.open(bytes, now: now) else {
                    Issue.record("refused")
                    return
                }
                found += some
            }
            #expect(found == all)
        }
        #expect(signer.message([], now: now) == nil)
    }

    @Test func `own, old, repeated and late messages change nothing`() {
        var signer = HintSigner(key: Self.key)
        let messages = (0..<3).map { _ in message(hints, &signer) }
        var own = HintInbox(own: signer.sender, key: Self.key)
        #expect(own.open(messages[0], now: now) == .own)
        var other = inbox()
        #expect(other.open(messages[1], now: now) == .hints(hintsOf(messages[1]), at: now))
        #expect(other.open(messages[1], now: now) == .refused(.repeated))
        #expect(other.open(messages[0], now: now) == .refused(.repeated))
        let end = later(HintInbox.memory)
        #expect(other.open(messages[2], now: later(HintInbox.memory + 1)) == .refused(.stale))
        #expect(other.open(messages[2], now: later(-HintInbox.skew - 1)) == .refused(.stale))
        #expect(other.open(messages[2], now: end) == .hints(hintsOf(messages[2]), at: now))
        // A clock that is ahead of ours: as of now, never later.
        var early = inbox()
        let before = later(-HintInbox.skew)
        #expect(early.open(messages[0], now: before) == .hints(hintsOf(messages[0]), at: before))
    }

    /// What an inbox that knows nobody reads.
    private func hintsOf(_ message: [UInt8]) -> [Hint] {
        var inbox = inbox()
        if case .hints(let hints, _) = inbox.open(message, now: now) { return hints }
        return []
    }

    @Test func `no bytes but a coordinator's are taken`() {
        var signer = HintSigner(key: Self.key)
        let message = message(hints, &signer)
        var inbox = inbox()
        var tried = 0
        for index in message.indices {
            for bit in [UInt8(1), 0x80] {
                var changed = message
                changed[index] ^= bit
                #expect(inbox.open(changed, now: now) == .refused(.forged))
                #expect(inbox.open(Array(message[..<index]), now: now) == .refused(.forged))
                tried += 2
            }
        }
        for length in 0..<300 {
            let noise = (0..<length).map { _ in UInt8.random(in: 0...255) }
            #expect(inbox.open(noise, now: now) == .refused(.forged))
            #expect(inbox.open(message + noise + [0], now: now) == .refused(.forged))
            tried += 2
        }
        let long = [UInt8](repeating: 1, count: HintSigner.lengthLimit + 1)
        #expect(inbox.open(long, now: now) == .refused(.forged))
        var stranger = self.inbox([UInt8](repeating: 8, count: 32))
        #expect(stranger.open(message, now: now) == .refused(.forged))
        // None of it used up the message itself.
        #expect(inbox.open(message, now: now) == .hints(hintsOf(message), at: now))
        print("hostile messages: \(tried), taken: 0")
    }

    @Test func `signed nonsense is read without a trap`() {
        var generator = SystemRandomNumberGenerator()
        var read = 0
        for _ in 0..<5_000 {
            let body = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 0...4, using: &generator)
            }
            var inbox = inbox()
            let content = inbox.open(signed(body), now: now)
            if case .hints = content {
                read += 1
            } else {
                #expect(content == .refused(.unreadable))
            }
        }
        print("signed nonsense: 5000, readable by chance: \(read)")
        var inbox = inbox()
        // A type of a newer version is skipped, what comes after it is not.
        let session = SessionID()
        let newer: [UInt8] = [200, 3, 1, 2, 3]
        let known = hintBytes(.ended(session)) ?? []
        #expect(inbox.open(signed(newer + known), now: now) == .hints([.ended(session)], at: now))
    }

    /// The bytes of one hint within a message.
    private func hintBytes(_ hint: Hint) -> [UInt8]? {
        var signer = HintSigner(key: Self.key)
        return signer.message([hint], now: now).map { Array($0.bytes[33..<($0.bytes.count - 32)]) }
    }

    /// A message of a sender of its own with any body, signed as a coordinator signs.
    private func signed(_ body: [UInt8]) -> [UInt8] {
        HintFixture.signed(body, key: Self.key, now: now)
    }

    @Test func `senders are bounded, and come free when their messages are stale`() {
        var inbox = inbox()
        func message(_ now: WallTime) -> [UInt8] {
            var signer = HintSigner(key: Self.key)
            return signer.message([.ended(SessionID())], now: now)?.bytes ?? []
        }
        for _ in 0..<HintInbox.senderLimit {
            guard case .hints = inbox.open(message(now), now: now) else {
                Issue.record("refused")
                return
            }
        }
        #expect(inbox.open(message(now), now: now) == .refused(.unreadable))
        let after = later(HintInbox.memory + 1)
        guard case .hints = inbox.open(message(after), now: after) else {
            Issue.record("refused")
            return
        }
    }

    @Test func `nobody reads who logs in from a blinded attempt`() {
        var attempt = LoginAttempt(
            tenant: "museum",
            email: "e@example.com",
            address: IPAddress("192.0.2.1")
        )
        attempt.device = "d"
        let blind = attempt.blinded(Self.key)
        #expect(blind == attempt.blinded(Self.key))
        #expect(blind != attempt.blinded([UInt8](repeating: 8, count: 32)))
        let words = [blind.account, blind.tenant, blind.device, blind.address].compactMap(\.self)
        #expect(Set(words).count == 4 && words.allSatisfy { $0.utf8.count == 22 })
        #expect(!words.contains { $0.contains("museum") || $0.contains("192") })
    }
}
