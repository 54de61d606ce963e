import Domain
import Processes
import Sockets
import TestSupport
import Testing
import Transfer

/// A second coordinator of a running installation, which sends viewers to the bucket.
struct DirectPlayback {
    let installation: SparcInstallation
    let server: ObjectStoreServer
    let bucket: String

    /// - Parameters:
    ///   - uri: A signed URI of a stored object, as a playlist has it.
    ///   - range: Of a segment in it.
    func check(_ uri: String, _ range: Range<Int>) async throws {
        let port = try #require(LoopbackPort.free())
        let keys = installation.folder + "/keys"
        let coordinator = try ChildProcess(
            executable: SparcInstallation.executable,
            arguments: ["coordinator"],
            environment: [
                "PATH": "/usr/bin:/bin", "SPARC_ENV": "development",
                "SPARC_ENVIRONMENT_IS_WHOLE": "1",
                "API_GATEWAY_PORT": String(port), "DATABASE_URL_FILE": keys + "/database.url",
                "SPARC_MASTER_KEY_FILE": keys + "/master.key",
                "SPARC_WORKER_TOKEN_FILE": keys + "/worker.token", "S3_BUCKET": bucket,
                "S3_ENDPOINT": server.url, "S3_DIRECT_PLAYBACK": "true",
                "AWS_ACCESS_KEY_ID": ObjectStoreServer.accessKey,
                "AWS_SECRET_ACCESS_KEY": ObjectStoreServer.secretKey,
            ],
            output: { _ in },
            errorOutput: { _ in }
        )
        do {
            let base = "http://127.0.0.1:\(port)"
            try await waitUntilReady(base)
            try await follow(base, uri, range)
            try await fetchInPage(base, uri, range)
        } catch {
            _ = await coordinator.stop(grace: .seconds(10))
            throw error
        }
        _ = await coordinator.stop(grace: .seconds(10))
    }

    private func waitUntilReady(_ base: String) async throws {
        for _ in 0..<300 {
            let answer = try? await installation.client.send(HTTPRequest(.get, base + "/health"))
            if answer?.isSuccess == true { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Recording.Failure(description: "the second coordinator does not answer")
    }

    /// As a player does: to the coordinator, and on to the bucket with the same range.
    private func follow(_ base: String, _ uri: String, _ range: Range<Int>) async throws {
        let client = installation.client
        let header = [(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        let through = try await client.send(
            HTTPRequest(.get, installation.baseURL + uri, headers: header)
        )
        #expect(through.status == 206 && through.body.count == range.count)
        let sent = try await client.send(HTTPRequest(.get, base + uri, headers: header))
        #expect(sent.status == 307)
        let url = try #require(sent.header("location"))
        #expect(url.hasPrefix(server.url + "/\(bucket)/"))
        let direct = try await client.send(HTTPRequest(.get, url, headers: header))
        #expect(direct.status == 206 && direct.body == through.body)
        let tampered = try await client.send(
            HTTPRequest(.get, url.replacing("X-Amz-Signature=", with: "X-Amz-Signature=0"))
        )
        #expect(tampered.status == 403)
        let unsigned = try await client.send(
            HTTPRequest(.get, base + String(uri.prefix { $0 != "?" }))
        )
        #expect(unsigned.status == 403 && unsigned.header("location") == nil)
    }

    /// In a real browser, under the page's policy and with the bucket's CORS rule, and not without.
    private func fetchInPage(_ base: String, _ uri: String, _ range: Range<Int>) async throws {
        let browser = try await Browser()
        do {
            try await browser.open(base + "/")
            let script = """
                window.fetched = "";
                fetch("\(uri)", {headers: {Range: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"}})
                  .then((answer) => answer.arrayBuffer())
                  .then((bytes) => { window.fetched = String(bytes.byteLength); })
                  .catch(() => { window.fetched = "refused"; });
                """
            try await browser.run(script)
            try await browser.wait(for: "a refusal", "return window.fetched === 'refused'")
            try await server.allowPages(of: base, in: bucket)
            try await browser.run(script)
            try await browser.wait(
                for: "\(range.count) bytes from the bucket",
                "return window.fetched === '\(range.count)'"
            )
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }
}
