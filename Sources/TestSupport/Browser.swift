import Foundation
import Processes
import Sockets
import Transfer

/// Headless Chromium, driven over WebDriver (W3C) by chromedriver.
package final class Browser: Sendable {
    private let driver: ChildProcess
    private let base: String
    private let session: String
    private let client = HTTPClient(policy: nil)

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Starts a browser with one empty page.
    package init() async throws {
        guard let port = LoopbackPort.free() else { throw Failure(description: "no free port") }
        base = "http://127.0.0.1:\(port)"
        driver = try ChildProcess(
            executable: "/usr/bin/chromedriver",
            arguments: ["--port=\(port)"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"],
            output: { _ in },
            errorOutput: { _ in }
        )
        let options: [String: Any] = [
            "binary": "/usr/bin/chromium",
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000",
                "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage",
                "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            ],
        ]
        let body = ["capabilities": ["alwaysMatch": ["goog:chromeOptions": options]]]
        var found: String?
        var last = ""
        for _ in 0..<100 where found == nil {
            do {
                let answer = try await Self.call(client, .post, base + "/session", body)
                found = (answer as? [String: Any])?["sessionId"] as? String
            } catch {
                last = "\(error)"
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        guard let found else { throw Failure(description: "no browser: \(last)") }
        session = base + "/session/" + found
    }

    package func open(_ url: String) async throws {
        _ = try await Self.call(client, .post, session + "/url", ["url": url])
    }

    /// Runs a function body in the page and returns its JSON value.
    @discardableResult
    package func run(_ script: String) async throws -> JSON {
        let answer = try await Self.call(
            client,
            .post,
            session + "/execute/sync",
            ["script": script, "args": [Any]()]
        )
        return JSON(answer)
    }

    /// Runs a script until it is true.
    package func wait(
        for what: String,
        _ script: String,
        within limit: Duration = .seconds(30)
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if try await run(script).bool { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Failure(description: "the page did not show \(what) within \(limit)")
    }

    /// Forgets all cookies, as a browser of somebody else.
    package func forget() async throws {
        _ = try await Self.call(
            client,
            .post,
            session + "/goog/cdp/execute",
            ["cmd": "Network.clearBrowserCookies", "params": [String: Any]()]
        )
    }

    /// A PNG of the page.
    package func screenshot(to path: String) async throws {
        let answer = try await Self.call(client, .get, session + "/screenshot", nil)
        let data = Data(base64Encoded: answer as? String ?? "") ?? Data()
        try data.write(to: URL(fileURLWithPath: path))
    }

    package func close() async {
        _ = try? await client.send(HTTPRequest(.delete, session, deadline: .seconds(10)))
        _ = await driver.stop(grace: .seconds(5))
        client.close()
    }

    /// A value that a script returned.
    package struct JSON: Sendable {
        package let bool: Bool
        package let number: Double?
        package let text: String?

        init(_ value: Any) {
            let number = value as? NSNumber
            bool = number?.boolValue ?? false
            self.number = number?.doubleValue
            text = value as? String
        }
    }

    private static func call(
        _ client: HTTPClient,
        _ method: HTTPRequest.Method,
        _ url: String,
        _ body: [String: Any]?
    ) async throws -> Any {
        let bytes = try body.map { [UInt8](try JSONSerialization.data(withJSONObject: $0)) } ?? []
        let answer = try await client.send(
            HTTPRequest(
                method,
                url,
                headers: [("Content-Type", "application/json")],
                body: bytes,
                deadline: .seconds(60),
                responseLimit: 64 << 20
            )
        )
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let value = object?["value"] ?? NSNull()
        guard answer.isSuccess else {
            throw Failure(description: "\(url): \(value)")
        }
        return value
    }
}
