internal import Crypto
package import Domain
internal import Keys

/// The code of an authenticator: HOTP (RFC 4226) with SHA-1, counted by time (RFC 6238).
package enum OneTimePassword {
    /// Digits of a code.
    package static let digits = 6
    /// Seconds of a step.
    package static let period: Int64 = 30
    /// Steps before and after the present one whose codes are taken too: a clock that is wrong, and
    /// the time that typing takes (RFC 6238 section 5.2).
    package static let tolerance: Int64 = 1

    /// The code of a counter (RFC 4226 section 5.3).
    /// - Parameter digits: 1 to 9: 31 bits make no more.
    package static func code(
        seed: [UInt8],
        counter: Int64,
        digits: Int = OneTimePassword.digits
    ) -> String {
        var message = ByteWriter()
        message.signed64(counter)
        let code = Array(
            HMAC<Insecure.SHA1>.authenticationCode(
                for: message.bytes,
                using: SymmetricKey(data: seed)
            )
        )
        let offset = Int(code[code.count - 1] & 15)
        var value =
            code[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        var text: [UInt8] = []
        for _ in 0..<min(max(digits, 1), 9) {
            text.append(48 + UInt8(value % 10))
            value /= 10
        }
        return String(decoding: text.reversed(), as: UTF8.self)
    }

    /// The step of a moment, from 1970.
    package static func step(at now: WallTime) -> Int64 {
        now.microseconds / 1_000_000 / period
    }

    /// The step that a code belongs to, if it is one of now and later than the last one that was
    /// used; nil if the code is wrong, too old or used.
    ///
    /// Of two steps with the same code the later one counts: used for the earlier, the code would be
    /// good again. All codes are compared, whatever the first says.
    package static func step(
        of code: String,
        seed: [UInt8],
        at now: WallTime,
        after last: Int64
    ) -> Int64? {
        let present = step(at: now)
        var found: Int64?
        for step in present - tolerance...present + tolerance {
            let isEqual = ConstantTime.equal(code, Self.code(seed: seed, counter: step))
            if isEqual, step > last { found = step }
        }
        return found
    }
}
