import Foundation
import Keys
import Processes
import Sockets
import TestSupport
import Testing
import Transfer

/// What a coordinator touches because of a token's `kid`, as the kernel sees it: no file, no address,
/// no program, and no word of it goes to the database or into the log.
@Suite(.serialized) struct HostileKeyIDTests {
    /// In every hostile text, so that it is found wherever it goes.
    private static let canary = "canary-kid-5d1c"

    private static func encoded(_ text: String) -> String { Base64.urlEncoded(Array(text.utf8)) }

    /// A token with a header of an attacker's; the rest looks like one of ours.
    private static func token(header: String) -> String {
        let payload = #"{"iss":"sparc","aud":"sparc-api","sub":"x","exp":9999999999,"iat":1}"#
        let signature = Base64.urlEncoded([UInt8](repeating: 7, count: 64))
        return [encoded(header), encoded(payload), signature].joined(separator: ".")
    }

    /// Headers that name a key somewhere.
    private static func headers(file: String, port: Int) -> [String] {
        let address = "127.0.0.1:\(port)/\(canary)"
        let kids = [
            file, "../../../../../../../../" + file, "file://" + file, file + "\\u0000.pem",
            "/proc/self/environ?\(canary)", "keys/" + canary,
            "x' OR '1'='1' -- \(canary)", "'; SELECT pg_sleep(5); -- \(canary)",
            "ed25519-1' UNION SELECT '\(canary)' --", "\\\\\\\\127.0.0.1\\\\\(canary)",
            "http://\(address)", "https://\(address)", "ldap://\(address)", "//\(address)",
            "gopher://\(address)", "redis://\(address)", "jwt-secret\(canary)",
            "$(touch \(file).made)", "| touch \(file).made", "`touch \(file).made`",
            "; touch \(file).made; \(canary)", "${jndi:ldap://\(address)}", "%s%n\(canary)",
            canary + String(repeating: "k", count: 1_500),
            canary + String(repeating: "k", count: 3_000),
            canary + String(repeating: "k", count: 1 << 20),
        ]
        var headers = kids.flatMap { kid in
            ["EdDSA", "HS256", "RS256"].map {
                #"{"alg":"\#($0)","typ":"at+jwt","kid":"\#(kid)"}"#
            }
        }
        for name in ["jku", "x5u"] {
            headers.append(
                #"{"alg":"EdDSA","typ":"at+jwt","kid":"\#(canary)","\#(name)":"http://\#(address)"}"#
            )
            headers.append(
                #"{"alg":"RS256","typ":"at+jwt","kid":"\#(canary)","\#(name)":"file://\#(file)"}"#
            )
        }
        return headers
    }

    @Test func `a hostile kid opens no file, connects nowhere and asks nobody`() async throws {
        let coordinator = try await LoneCoordinator()
        let file = NSTemporaryDirectory() + Self.canary + "-\(UUID().uuidString).pem"
        try Data("secret".utf8).write(to: URL(fileURLWithPath: file))
        let port = try #require(LoopbackPort.free())
        do {
            let child = try await coordinator.start(with: ["LOG_LEVEL": "trace"])
            try await expectNothingTouched(coordinator, child, file, port)
            _ = await child.stop(grace: .seconds(10))
        } catch {
            Issue.record("\(error)\n\(coordinator.log.suffix(4_000))")
        }
        #expect(!coordinator.log.contains(Self.canary))
        #expect(!FileManager.default.fileExists(atPath: file + ".made"))
        try? FileManager.default.removeItem(atPath: file)
        coordinator.cleanUp()
    }

    private func expectNothingTouched(
        _ coordinator: LoneCoordinator,
        _ child: ChildProcess,
        _ file: String,
        _ port: Int
    ) async throws {
        let headers = Self.headers(file: file, port: port)
        let control = "control-\(UUID().uuidString)".lowercased()
        let trace = try await SystemCallTrace.of([child.processID]) {
            for header in headers {
                let answer = try? await coordinator.client.send(
                    HTTPRequest(
                        .get,
                        coordinator.base + "/api/v1/me",
                        headers: [("Authorization", "Bearer " + Self.token(header: header))]
                    )
                )
                // A header that is too large is not even read to its end.
                guard header.utf8.count < 8_000 else {
                    #expect(answer.map { [400, 401, 431].contains($0.status) } ?? true)
                    continue
                }
                let status = try #require(answer?.status)
                #expect(status == 401, "\(header.prefix(80))")
            }
            // What goes to the database is seen in the same way.
            let body = #"{"email":"a@example.com","password":"x","tenant":"\#(control)"}"#
            let login = try await coordinator.client.send(
                HTTPRequest(
                    .post,
                    coordinator.base + "/api/v1/auth/login",
                    headers: [("Content-Type", "application/json")],
                    body: Array(body.utf8)
                )
            )
            #expect(login.status == 401)
        }
        print(
            "hostile kid: \(headers.count) headers, \(trace.lines.count) system calls, of which "
                + "\(trace.calls("open", "openat").count) open, "
                + "\(trace.calls("connect").count) connect, "
                + "\(trace.calls("execve", "execveat").count) execute"
        )
        #expect(!trace.lines(with: control).isEmpty)
        #expect(trace.lines(with: Self.canary).isEmpty, "\(trace.lines(with: Self.canary))")
        #expect(trace.lines(with: "htons(\(port))").isEmpty)
        #expect(trace.calls("execve", "execveat").isEmpty)
        // Random bytes for the request's id, and the anchors of audit logs, which are put in the
        // store now and then.
        let own = [#""/dev/urandom""#, #""/tmp/sparc-anchor-"#, coordinator.store]
        let opened = trace.calls("open", "openat", "openat2", "creat").filter { line in
            // The runtime looks at its own threads to see how many are busy.
            let isThread = line.contains(#""/proc/"#) && line.contains(#"/stat""#)
            return !isThread && !own.contains { line.contains($0) }
        }
        #expect(opened.isEmpty, "\(opened)")
    }
}
