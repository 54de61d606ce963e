import Domain
import Foundation
import Testing

@testable import CameraSimulator

struct AuthenticatorTests {
    private let credentials = CameraCredentials(user: "viewer", password: "pa:ss\u{e9}")

    @Test func `Basic takes the right password only`() {
        let authenticator = Authenticator(.basic, credentials, nonce: "n")
        let right = Data("viewer:pa:ss\u{e9}".utf8).base64EncodedString()
        let wrong = Data("viewer:pass".utf8).base64EncodedString()
        func verdict(_ text: String?) -> Authenticator.Verdict {
            authenticator.verdict(authorization: text, method: "DESCRIBE")
        }
        #expect(verdict("Basic " + right) == .accepted)
        #expect(verdict("Basic " + wrong) == .refused)
        #expect(verdict("Basic ***") == .refused)
        #expect(verdict("Bearer x") == .refused)
        #expect(verdict(nil) == .refused)
    }

    /// The responses were computed with `md5sum` and `sha256sum` over the strings of RFC 2617
    /// section 3.2.2 and RFC 7616 section 3.4.
    @Test func `Digest answers computed elsewhere are accepted, and stale ones told apart`() {
        let user = CameraCredentials(user: "u", password: "p")
        let md5 = Authenticator(.digestMD5, user, nonce: "abc")
        let field = "username=\"u\", realm=\"Simulated camera\", nonce=\"abc\", uri=\"rtsp://h/c\""
        let good = "Digest \(field), response=\"df90a92ec2dc484e0e0159d1683416c7\""
        #expect(md5.verdict(authorization: good, method: "DESCRIBE") == .accepted)
        #expect(md5.verdict(authorization: good, method: "SETUP") == .refused)
        let renewed = Authenticator(.digestMD5, user, nonce: "def")
        #expect(renewed.verdict(authorization: good, method: "DESCRIBE") == .stale)
        #expect(renewed.challenges(stale: true)[0].contains("stale=true"))
        let sha = Authenticator(.digestSHA256, user, nonce: "abc")
        #expect(sha.verdict(authorization: good, method: "DESCRIBE") == .refused)
        let better =
            "Digest \(field), algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"x\", "
            + "response=\"3d3f99cb78422bb2db29f8ab36f44f7e40ae4c2fc7a55f50cdd73c9ca822ec86\""
        #expect(sha.verdict(authorization: better, method: "DESCRIBE") == .accepted)
        let any = Authenticator(.any, user, nonce: "abc")
        #expect(any.verdict(authorization: good, method: "DESCRIBE") == .accepted)
        #expect(any.verdict(authorization: better, method: "DESCRIBE") == .accepted)
        #expect(any.challenges(stale: false).count == 3)
    }
}
