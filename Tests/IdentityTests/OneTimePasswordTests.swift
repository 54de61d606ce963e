import Domain
import Identity
import Testing

/// Codes of authenticators, against the published vectors.
struct OneTimePasswordTests {
    /// Of both RFCs.
    private static let seed = Array("12345678901234567890".utf8)

    @Test func `codes of counters are those of RFC 4226, appendix D`() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ]
        for (counter, code) in codes.enumerated() {
            #expect(OneTimePassword.code(seed: Self.seed, counter: Int64(counter)) == code)
        }
    }

    @Test func `codes of moments are those of RFC 6238, appendix B`() {
        for (seconds, code) in [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"), (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now = WallTime(seconds: Int64(seconds))
            let step = OneTimePassword.step(at: now)
            #expect(OneTimePassword.code(seed: Self.seed, counter: step, digits: 8) == code)
            let six = String(code.suffix(6))
            #expect(
                OneTimePassword.step(of: six, seed: Self.seed, at: now, after: step - 1) == step
            )
        }
    }

    @Test func `a code is good one step before and after its own, and never twice`() {
        let now = WallTime(seconds: 1_800_000_015)
        let present = OneTimePassword.step(at: now)
        for distance in Int64(-3)...3 {
            let code = OneTimePassword.code(seed: Self.seed, counter: present + distance)
            func found(after last: Int64) -> Int64? {
                OneTimePassword.step(of: code, seed: Self.seed, at: now, after: last)
            }
            let isNear = abs(distance) <= OneTimePassword.tolerance
            #expect(found(after: 0) == (isNear ? present + distance : nil))
            #expect(found(after: present + distance) == nil)
            #expect(found(after: present + 2) == nil)
        }
        for text in ["", "0", "0000000", "abcdef", String(repeating: "1", count: 100_000)] {
            #expect(OneTimePassword.step(of: text, seed: Self.seed, at: now, after: 0) == nil)
        }
    }

    /// A seed and a moment at which two neighbouring steps have one code, found by trying.
    @Test func `of two steps with one code the later one is used up`() throws {
        var seed = Self.seed
        var twin: Int64?
        search: for first in UInt8.min...UInt8.max {
            seed[0] = first
            var last = OneTimePassword.code(seed: seed, counter: 0)
            for counter in Int64(1)...8_000 {
                let code = OneTimePassword.code(seed: seed, counter: counter)
                if code == last {
                    twin = counter
                    break search
                }
                last = code
            }
        }
        let later = try #require(twin)
        let code = OneTimePassword.code(seed: seed, counter: later)
        let now = WallTime(seconds: later * OneTimePassword.period)
        #expect(OneTimePassword.step(of: code, seed: seed, at: now, after: 0) == later)
    }

    @Test func `a seed goes to an authenticator by text and by URI, and prints nowhere`() throws {
        let seed = try #require(OneTimeSeed(bytes: Self.seed))
        #expect(seed.text == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        #expect(
            seed.uri(email: "a b@example.com", organisation: "Ü:/?&Co")
                == "otpauth://totp/SPARC%20%C3%9C%3A%2F%3F%26Co:a%20b%40example.com"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=SPARC%20%C3%9C%3A%2F%3F%26Co"
                + "&algorithm=SHA1&digits=6&period=30"
        )
        #expect(!"\(seed) \(String(reflecting: seed))".contains("GEZD"))
        #expect(OneTimeSeed() != OneTimeSeed())
        #expect(OneTimeSeed(bytes: [1]) == nil)
    }

    @Test func `recovery codes are read as people type them, and hashed by person`() throws {
        let code = RecoveryCode()
        let (tenant, user) = (TenantID(), UserID())
        #expect(code.text.utf8.count == 19)
        for text in [
            code.text, code.text.uppercased(), code.text.filter { $0 != "-" },
            " " + code.text.replacing("-", with: " ") + " ",
        ] {
            #expect(RecoveryCode(text) == code)
            #expect(SecondFactorCode(text) == .recovery(code))
        }
        #expect(code.hash(tenant, user).count == 32)
        #expect(code.hash(tenant, user) != code.hash(tenant, UserID()))
        #expect(code.hash(tenant, user) != code.hash(TenantID(), user))
        #expect(!"\(code) \(String(reflecting: code))".contains(code.text))
        for text in ["", "abcd", code.text + "a", "0189-0189-0189-0189", "ü" + code.text] {
            #expect(RecoveryCode(text) == nil)
        }
        #expect(SecondFactorCode("123 456") == .oneTime("123456"))
        #expect(SecondFactorCode("１２３４５６") == nil)
        #expect(SecondFactorCode("12345") == nil)
        #expect(Set((0..<100).map { _ in RecoveryCode() }).count == 100)
    }
}
