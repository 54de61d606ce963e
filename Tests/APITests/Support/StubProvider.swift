import Crypto
import Foundation
import Hummingbird
import Keys
import Logging
import NIOCore
import Synchronization

/// A provider of identities that does as it is told: its answers over HTTP are right, or wrong in a
/// way that is chosen for each of its three addresses. It checks PKCE, client and code.
final class StubProvider: Sendable {
    /// What becomes of a request.
    enum Fault: String, Sendable, CaseIterable {
        case none, serverError, badRequest, garbage, empty, huge, hang, redirect
    }

    enum Endpoint: String, Sendable, CaseIterable {
        case discovery = "/.well-known/openid-configuration"
        case keys = "/keys"
        case token = "/token"
    }

    /// What it is told; read at every request.
    struct Plan: Sendable {
        var faults: [Endpoint: Fault] = [:]
        var subject = "alice"
        var email: String? = "alice@example.com"
        var isVerified: Bool? = true
        /// More claims, or others.
        var claims: [String: String] = [:]
        /// What `amr` says; nil: nothing.
        var methods: [String]?
        var kid = "1"
        /// Keys that are published, by their `kid`.
        var published = ["1"]
        /// Members of the discovery document that differ.
        var document: [String: String] = [:]
        var answersWithIssuer = false
        var hasUserInfo = false
        fileprivate(set) var requests: [String: Int] = [:]
        fileprivate var codes: [String: [String: String]] = [:]
    }

    static let clientID = "sparc"
    static let clientSecret = "canary-client-secret"

    private let plan = Mutex(Plan())
    private let keys = (0..<4).map { _ in Curve25519.Signing.PrivateKey() }
    private let port = Mutex(0)
    private let running = Mutex<Task<Void, any Error>?>(nil)

    var issuer: String { "http://127.0.0.1:\(port.withLock { $0 })" }

    /// Starts it.
    init() async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let router = Router()
        for endpoint in Endpoint.allCases {
            let path = RouterPath(stringLiteral: endpoint.rawValue)
            router.on(path, method: endpoint == .token ? .post : .get) { [weak self] request, _ in
                guard let self else { throw HTTPError(.internalServerError) }
                let body = try await request.body.collect(upTo: 1 << 16)
                return try await self.answer(endpoint, request, String(buffer: body))
            }
        }
        router.get("/userinfo") { [weak self] request, _ in
            guard let self else { throw HTTPError(.internalServerError) }
            return self.userInfo(request)
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "stub") { _ in SwiftLogNoOpLogHandler() }
        )
        let task = Task { try await application.run() }
        running.withLock { $0 = task }
        for await found in ports {
            port.withLock { $0 = found }
            break
        }
    }

    func stop() {
        running.withLock { $0?.cancel() }
    }

    func tell(_ change: (inout Plan) -> Void) {
        plan.withLock { change(&$0) }
    }

    /// Requests that an address got.
    func count(_ endpoint: Endpoint) -> Int {
        plan.withLock { $0.requests[endpoint.rawValue] ?? 0 }
    }

    /// What the person does there: logs in. Returns the code, for the query that the browser came
    /// with.
    func consent(_ query: [String: String]) -> String {
        let code = UUID().uuidString
        plan.withLock { $0.codes[code] = query }
        return code
    }

    private func answer(
        _ endpoint: Endpoint,
        _ request: Request,
        _ body: String
    ) async throws -> Response {
        let fault = plan.withLock { plan in
            plan.requests[endpoint.rawValue, default: 0] += 1
            return plan.faults[endpoint] ?? .none
        }
        switch fault {
        case .none: break
        case .serverError: return Response(status: .internalServerError)
        case .badRequest: return json(#"{"error":"invalid_grant"}"#, .badRequest)
        case .garbage: return json("<html>not what you asked for</html>")
        case .empty: return json("{}")
        case .huge: return json(String(repeating: " ", count: 1 << 20) + "{}")
        case .hang:
            try await Task.sleep(for: .seconds(3_600))
        case .redirect:
            return Response(status: .found, headers: [.location: issuer + "/elsewhere"])
        }
        switch endpoint {
        case .discovery: return json(document())
        case .keys: return json(keySet())
        case .token: return try token(request, body)
        }
    }

    private func json(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    private func document() -> String {
        let plan = plan.withLock { $0 }
        var members = [
            "issuer": issuer, "authorization_endpoint": issuer + "/authorize",
            "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
        ]
        if plan.hasUserInfo { members["userinfo_endpoint"] = issuer + "/userinfo" }
        members.merge(plan.document) { $1 }
        let texts = members.map { #""\#($0)":"\#($1)""# }
        let flag = #""authorization_response_iss_parameter_supported":\#(plan.answersWithIssuer)"#
        return "{" + (texts + [flag]).joined(separator: ",") + "}"
    }

    private func key(_ kid: String) -> Curve25519.Signing.PrivateKey {
        keys[(Int(kid) ?? 0) % keys.count]
    }

    private func keySet() -> String {
        let entries = plan.withLock { $0.published }.map { kid in
            let x = Base64.urlEncoded(Array(key(kid).publicKey.rawRepresentation))
            return #"{"kty":"OKP","crv":"Ed25519","use":"sig","kid":"\#(kid)","x":"\#(x)"}"#
        }
        return #"{"keys":[\#(entries.joined(separator: ","))]}"#
    }

    private func token(_ request: Request, _ body: String) throws -> Response {
        let form = Self.items(body)
        let basic = "Basic " + Base64.encoded(Array("\(Self.clientID):\(Self.clientSecret)".utf8))
        let (plan, asked) = plan.withLock { ($0, $0.codes.removeValue(forKey: form["code"] ?? "")) }
        let verifier = Array((form["code_verifier"] ?? "").utf8)
        let challenge = Base64.urlEncoded(Array(SHA256.hash(data: verifier)))
        guard request.headers[.authorization] == basic, let asked,
            form["grant_type"] == "authorization_code", asked["code_challenge"] == challenge,
            asked["redirect_uri"] == form["redirect_uri"]
        else { return json(#"{"error":"invalid_grant"}"#, .badRequest) }
        let now = Int(Date().timeIntervalSince1970)
        var claims: [String: Any] = [
            "iss": issuer, "aud": Self.clientID, "sub": plan.subject,
            "nonce": asked["nonce"] ?? "", "iat": now, "exp": now + 60,
        ]
        if !plan.hasUserInfo {
            claims["email"] = plan.email
            claims["email_verified"] = plan.isVerified
        }
        claims["amr"] = plan.methods
        for (name, value) in plan.claims { claims[name] = value }
        let payload = Array(try JSONSerialization.data(withJSONObject: claims))
        let header = Array(#"{"alg":"EdDSA","kid":"\#(plan.kid)"}"#.utf8)
        let input = Base64.urlEncoded(header) + "." + Base64.urlEncoded(payload)
        let signature = Array(try key(plan.kid).signature(for: Array(input.utf8)))
        return json(
            #"{"access_token":"access","token_type":"Bearer","id_token":"\#(input)."#
                + Base64.urlEncoded(signature) + #""}"#
        )
    }

    private func userInfo(_ request: Request) -> Response {
        guard request.headers[.authorization] == "Bearer access" else {
            return Response(status: .unauthorized)
        }
        let plan = plan.withLock { $0 }
        return json(
            #"{"sub":"\#(plan.subject)","email":"\#(plan.email ?? "")","#
                + #""email_verified":\#(plan.isVerified ?? false)}"#
        )
    }

    /// The items of a form or a query, decoded.
    static func items(_ text: String) -> [String: String] {
        var items: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map {
                String($0).removingPercentEncoding ?? ""
            }
            items[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return items
    }
}
