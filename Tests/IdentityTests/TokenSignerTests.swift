import Domain
import Foundation
import Identity
import Testing

struct TokenSignerTests {
    private static let now = WallTime(seconds: 1_800_000_000)
    private static let claims = TokenClaims(
        tenant: TenantID(),
        user: UserID(),
        role: "owner",
        session: SessionID(),
        id: "i",
        issuedAt: 1_800_000_000,
        expiresAt: 1_800_000_600
    )

    private func code(
        _ signer: TokenSigner,
        _ text: String,
        at now: WallTime = now
    ) async -> TokenError.Code? {
        do {
            _ = try await signer.verify(text, now: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a token says what was signed, until it expires`() async throws {
        let signer = await TokenSigner(key: Array(0..<32))
        let text = try await signer.sign(Self.claims)
        #expect(try await signer.verify(text, now: Self.now) == Self.claims)
        #expect(await code(signer, text, at: WallTime(seconds: 1_800_000_599)) == nil)
        #expect(await code(signer, text, at: WallTime(seconds: 1_800_000_600)) == .expired)
        #expect(await code(signer, text, at: WallTime(seconds: 1_799_999_900)) == .expired)
    }

    @Test func `a token of one key or key id is not taken for another`() async throws {
        let signer = await TokenSigner(key: Array(0..<32))
        let access = try await signer.sign(Self.claims)
        let refresh = RefreshToken(tenant: TenantID(), session: SessionID(), generation: 1)
        #expect(await code(signer, refresh.text(key: Array(0..<32))) == .malformed)
        let other = await TokenSigner(key: Array(1..<33))
        #expect(await code(other, access) == .notAuthentic)
        let renamed = await TokenSigner(key: Array(0..<32), keyID: "2")
        #expect(await code(renamed, access) == .foreign)
    }

    @Test func `no changed token is accepted`() async throws {
        let signer = await TokenSigner(key: Array(0..<32))
        let text = try await signer.sign(Self.claims)
        for index in text.indices {
            for other: Character in ["A", "z", "_", ".", "="] where text[index] != other {
                var changed = text
                changed.replaceSubrange(index...index, with: [other])
                #expect(await code(signer, changed) != nil)
            }
        }
        for changed in ["", ".", "..", text + "=", text + ".", text.uppercased(), "a." + text] {
            #expect(await code(signer, changed) != nil)
        }
    }

    @Test func `an unsigned token and another algorithm are refused`() async throws {
        let signer = await TokenSigner(key: Array(0..<32))
        let text = try await signer.sign(Self.claims)
        let parts = text.split(separator: ".")
        func header(_ json: String) -> String {
            Data(json.utf8).base64EncodedString().replacing("=", with: "")
                .replacing("+", with: "-").replacing("/", with: "_")
        }
        for json in [
            #"{"alg":"none","typ":"at+jwt","kid":"1"}"#,
            #"{"alg":"nOnE","typ":"at+jwt","kid":"1"}"#,
            #"{"alg":"HS512","typ":"at+jwt","kid":"1"}"#, #"{"alg":"HS256","typ":"JWT","kid":"1"}"#,
            #"{"alg":"HS256","typ":"at+jwt"}"#, #"{"alg":"HS256","typ":"at+jwt","kid":"../1"}"#,
            #"{"alg":"HS256","typ":"at+jwt","kid":"1","crit":["x"]}"#,
            #"{"alg":"HS256","typ":"at+jwt","kid":"1","jwk":{"kty":"oct","k":"AA"}}"#, "{}", "x",
        ] {
            for signature in [String(parts[2]), ""] {
                let changed = "\(header(json)).\(parts[1]).\(signature)"
                #expect(await code(signer, changed) != nil, "\(json)")
            }
        }
    }

    @Test func `nothing of the key is printed`() async {
        let signer = await TokenSigner(key: Array("canary-canary-canary-canary-cana".utf8))
        var text = "\(signer) \(String(reflecting: signer))"
        dump(signer, to: &text)
        #expect(!text.contains("canary"))
        #expect(!text.contains("99, 97, 110"))
    }
}
