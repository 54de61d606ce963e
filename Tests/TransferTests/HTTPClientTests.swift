import Domain
import NIOCore
import NIOPosix
import Testing
import Transfer

@Suite struct HTTPClientTests {
    @Test func `a loopback address is refused before a connection unless it is listed`()
        async throws
    {
        let server = try await ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let closed = HTTPClient(policy: .privateNetworks)
        let open = HTTPClient(policy: .loopback)
        await #expect {
            try await closed.send(HTTPRequest(.get, server.url))
        } throws: { ($0 as? TransferError)?.code == .refusedByPolicy }
        #expect(server.connections == 0)
        let answer = try await open.send(HTTPRequest(.get, server.url))
        #expect(answer.status == 200 && answer.body == Array("ok".utf8))
        closed.close()
        open.close()
        try await server.stop()
    }

    @Test func `an answer longer than the limit, a redirect and a silent server`() async throws {
        let long = try await ScriptedServer(
            "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789"
        )
        let moved = try await ScriptedServer(
            "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
        )
        let silent = try await ScriptedServer("")
        let client = HTTPClient(policy: .loopback)
        await #expect {
            try await client.send(HTTPRequest(.get, long.url, responseLimit: 10))
        } throws: { ($0 as? TransferError)?.code == .tooLarge }
        #expect(try await client.send(HTTPRequest(.get, moved.url)).status == 302)
        await #expect {
            try await client.send(HTTPRequest(.get, silent.url, deadline: .milliseconds(300)))
        } throws: { ($0 as? TransferError)?.code == .timeout }
        client.close()
        for server in [long, moved, silent] { try await server.stop() }
    }

    @Test func `a cancelled request, a closed client and bad input end with their codes`()
        async throws
    {
        let silent = try await ScriptedServer("")
        let client = HTTPClient(policy: .loopback)
        let url = silent.url
        await withTaskGroup(of: TransferError.Code?.self) { group in
            group.addTask {
                do {
                    _ = try await client.send(HTTPRequest(.get, url, deadline: .seconds(30)))
                    return nil
                } catch { return (error as? TransferError)?.code }
            }
            try? await Task.sleep(for: .milliseconds(200))
            group.cancelAll()
            for await code in group { #expect(code == .cancelled) }
        }
        await #expect {
            try await client.send(HTTPRequest(.get, url, headers: [("A", "b\r\nC: d")]))
        } throws: { ($0 as? TransferError)?.code == .invalidRequest }
        await #expect {
            try await client.send(HTTPRequest(.get, "gopher://127.0.0.1/"))
        } throws: { ($0 as? TransferError)?.code == .invalidRequest }
        client.close()
        await #expect {
            try await client.send(HTTPRequest(.get, url))
        } throws: { ($0 as? TransferError)?.code == .cancelled }
        try await silent.stop()
    }
}
