import PasswordHash
import Testing

struct PasswordHasherTests {
    @Test func `a password is verified by its hash alone, and salts differ`() async throws {
        let first = try await PasswordHasher.hash("correct horse")
        let second = try await PasswordHasher.hash("correct horse")
        #expect(first.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(first != second)
        #expect(await PasswordHasher.verify("correct horse", against: first))
        #expect(await PasswordHasher.verify("correct horse ", against: first) == false)
        #expect(await PasswordHasher.verify("", against: first) == false)
        #expect(!PasswordHasher.needsRehash(first))
    }

    @Test func `a hash of another program is verified`() async {
        // Test vector of the reference implementation: argon2id, version 19, t=2, m=2^16, p=1.
        let known =
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
            + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        #expect(await PasswordHasher.verify("password", against: known))
        #expect(await PasswordHasher.verify("passwore", against: known) == false)
    }

    @Test func `broken and greedy hashes are no match and are made anew`() async throws {
        let good = try await PasswordHasher.hash("x")
        for broken in [
            "", "$", "x", "$argon2id$v=19$m=19456,t=2,p=1$", String(good.dropLast(3)),
            good.replacing("argon2id", with: "argon2i"), good.replacing("v=19", with: "v=16"),
            good.replacing("m=19456", with: "m=4294967295"), good.replacing("t=2", with: "t=999"),
            good.replacing("m=19456", with: "m=-1"), good + String(repeating: "A", count: 600),
        ] {
            #expect(await PasswordHasher.verify("x", against: broken) == false, "\(broken)")
        }
        #expect(PasswordHasher.needsRehash("garbage"))
        #expect(PasswordHasher.needsRehash(good.replacing("m=19456", with: "m=8192")))
    }

    @Test func `a password of more than its limit is refused`() async {
        let long = String(repeating: "x", count: PasswordHasher.lengthLimit + 1)
        let error = await #expect(throws: PasswordHashError.self) {
            try await PasswordHasher.hash(long)
        }
        #expect(error?.code == .tooLong)
        #expect(error?.description.contains("xxx") == false)
    }
}
