import Domain
import Foundation
import Transfer

/// The few calls that commands of this program make to the API.
struct APIClient: Sendable {
    let base: String
    let token: String?
    let client: HTTPClient

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A camera as lists show it.
    struct Camera: Codable, Sendable {
        var id: String
        var name: String
        var url: String
        var state: String
    }

    private struct CameraPage: Codable {
        var items: [Camera]
        var next: String?
    }

    private struct Problem: Codable {
        struct Field: Codable {
            var field: String
            var problem: String
            var example: String?
        }
        var title: String?
        var detail: String?
        var errors: [Field]?
    }

    /// Asks `/health` every 100 ms.
    func waitUntilHealthy(attempts: Int) async throws {
        for _ in 0..<attempts {
            if let answer = try? await client.send(
                HTTPRequest(.get, base + "/health", deadline: .seconds(2))
            ), answer.isSuccess {
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(
            description: "\(base)/health does not answer; is the coordinator running there?"
        )
    }

    /// Returns an access token.
    func logIn(email: String, password: String, tenant: String) async throws -> String {
        let body = ["email": email, "password": password, "tenant": tenant]
        let answer = try await send(.post, "/api/v1/auth/login", body: body)
        guard let token = answer["access_token"] as? String else {
            throw Failure(description: "\(base): the login's answer has no token")
        }
        return token
    }

    /// All cameras, page by page.
    func cameras() async throws -> [Camera] {
        var all: [Camera] = []
        var next: String?
        repeat {
            let query = next.map { "&cursor=\($0)" } ?? ""
            let bytes = try await bytes(.get, "/api/v1/cameras?limit=200\(query)")
            let page = try JSONDecoder().decode(CameraPage.self, from: Data(bytes))
            all += page.items
            next = page.next
        } while next != nil && all.count < 100_000
        return all
    }

    func addCamera(name: String, url: String) async throws -> Camera {
        let body = try JSONEncoder().encode(["name": name, "url": url])
        let bytes = try await bytes(.post, "/api/v1/cameras", body: [UInt8](body))
        return try JSONDecoder().decode(Camera.self, from: Data(bytes))
    }

    func removeCamera(id: String) async throws {
        _ = try await bytes(.delete, "/api/v1/cameras/\(id)")
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [String: String]
    ) async throws -> [String: Any] {
        let bytes = try await bytes(
            method,
            path,
            body: [UInt8](try JSONEncoder().encode(body))
        )
        return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    }

    /// Sends a request; an answer that is no success becomes an error with the problem's text.
    func bytes(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: [UInt8] = []
    ) async throws -> [UInt8] {
        var headers: [(name: String, value: String)] = []
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let answer = try await client.send(
            HTTPRequest(
                method,
                base + path,
                headers: headers,
                body: body,
                deadline: .seconds(30),
                responseLimit: 16 << 20
            )
        )
        guard answer.isSuccess else {
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
            var text = problem?.detail ?? problem?.title ?? "status \(answer.status)"
            for field in problem?.errors ?? [] {
                text += "; \(field.field): \(field.problem)"
                if let example = field.example { text += " (for example \(example))" }
            }
            throw Failure(description: text)
        }
        return answer.body
    }
}
