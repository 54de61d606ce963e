import Domain
import Foundation
import Keys
import Processes
import TestSupport
import Testing

/// Signatures of Standard Webhooks, against another implementation.
struct WebhookSecretTests {
    @Test func `Python's hmac makes the same signature`() async throws {
        let secret = WebhookSecret()
        let id = "\(EventID())"
        let body = #"{"type":"alert.opened","data":{"camera_name":"Tür 1"}}"#
        let ours = secret.signature(id: id, timestamp: 1_700_000_000, body: Array(body.utf8))
        let script = """
            import sys, hmac, hashlib, base64
            secret, id, time, body = sys.argv[1:]
            key = base64.b64decode(secret.removeprefix('whsec_'), validate=True)
            code = hmac.new(key, f'{id}.{time}.{body}'.encode(), hashlib.sha256).digest()
            print('v1,' + base64.b64encode(code).decode())
            """
        let run = try await ShellCommand.run(
            "/usr/bin/env",
            ["python3", "-c", script, secret.text, id, "1700000000", body],
            environment: ["PYTHONUTF8": "1"]
        )
        #expect(run.status.isSuccess, "\(run.errors)")
        #expect(run.output == ours)
    }

    @Test func `a secret has one text, is read from it, and prints nothing`() throws {
        let secret = WebhookSecret()
        #expect(secret.text.hasPrefix("whsec_") && secret.text.utf8.count == 6 + 44)
        #expect(WebhookSecret(secret.text) == secret)
        #expect(!"\(secret)".contains(secret.text.suffix(20)))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("bytes"))
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_!", String(secret.text.dropFirst())] {
            #expect(WebhookSecret(wrong) == nil)
        }
    }
}
