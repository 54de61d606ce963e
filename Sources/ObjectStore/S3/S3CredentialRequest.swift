import Domain
import Files
import Foundation
import Transfer

/// One question to a service for credentials.
struct S3CredentialRequest: Sendable {
    /// Such a service is on this machine or its host: slower than this it is not there.
    private static let deadline = Duration.seconds(5)
    /// Of STS, which may be far away.
    private static let exchangeDeadline = Duration.seconds(20)
    private static let answerLimit = 64 << 10
    /// Seconds that a session of the instance's metadata service is good: one question.
    private static let sessionSeconds = "60"
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    private static let tokenLimit = 16 << 10

    let service: S3CredentialService
    let client: HTTPClient

    /// Asks.
    func credentials() async throws -> S3Credentials {
        switch service {
        case .instance(let endpoint): return try await instance(endpoint)
        case .container(let url, let authorization): return try await container(url, authorization)
        case .webIdentity(let endpoint, let role, let session, let tokenFile, _):
            return try await exchange(endpoint, role, session, tokenFile)
        }
    }

    /// 1. A session. 2. The name of the role. 3. Its credentials.
    private func instance(_ endpoint: String) async throws -> S3Credentials {
        let session = try await text(
            HTTPRequest(
                .put,
                endpoint + "/latest/api/token",
                headers: [("X-aws-ec2-metadata-token-ttl-seconds", Self.sessionSeconds)],
                deadline: Self.deadline,
                responseLimit: Self.answerLimit
            )
        )
        let headers = [(name: "X-aws-ec2-metadata-token", value: session)]
        let role = try await text(get(endpoint + Self.rolePath, headers))
        guard !role.isEmpty, role.utf8.allSatisfy(Self.isNameByte) else {
            throw Self.failure("the instance has no role")
        }
        return try Self.document(try await bytes(get(endpoint + Self.rolePath + role, headers)))
    }

    private func container(
        _ url: String,
        _ authorization: S3CredentialOrigin.Part?
    ) async throws -> S3Credentials {
        var headers: [(name: String, value: String)] = []
        if let authorization {
            headers = [("Authorization", try await FileThread.run { try authorization.read() })]
        }
        return try Self.document(try await bytes(get(url, headers)))
    }

    private func exchange(
        _ endpoint: String,
        _ role: String,
        _ session: String,
        _ tokenFile: String
    ) async throws -> S3Credentials {
        let token = try await FileThread.run {
            try FileSystem.content(of: tokenFile, limit: Self.tokenLimit)
        }
        guard let token else { throw Self.failure("there is no file \(tokenFile)") }
        let values = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
            ("RoleArn", role), ("RoleSessionName", session),
            (
                "WebIdentityToken",
                String(decoding: token, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            ),
        ]
        let body = values.map { "\($0)=\(URIEncoding.encode($1))" }.joined(separator: "&")
        let answer = try await bytes(
            HTTPRequest(
                .post,
                endpoint + "/",
                headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(body.utf8),
                deadline: Self.exchangeDeadline,
                responseLimit: Self.answerLimit
            )
        )
        guard
            let found = S3XML.parse(answer)?.child("AssumeRoleWithWebIdentityResult")?
                .child("Credentials"),
            let id = found["AccessKeyId"], let secret = found["SecretAccessKey"],
            let token = found["SessionToken"],
            let end = found["Expiration"].flatMap({ WallTime(rfc3339: $0) })
        else { throw Self.failure("STS answers something else than credentials") }
        return S3Credentials(
            accessKeyID: id,
            secretAccessKey: secret,
            sessionToken: token,
            expiresAt: end
        )
    }

    private struct Document: Decodable {
        /// Only of the instance's service; anything but `Success` is none.
        var code: String?
        var accessKeyID: String
        var secretAccessKey: String
        var token: String
        var expiration: String

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case token = "Token"
            case expiration = "Expiration"
        }
    }

    private static func document(_ bytes: [UInt8]) throws -> S3Credentials {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.code == nil || document.code == "Success",
            let end = WallTime(rfc3339: document.expiration)
        else { throw failure("the service answers something else than credentials") }
        return S3Credentials(
            accessKeyID: document.accessKeyID,
            secretAccessKey: document.secretAccessKey,
            sessionToken: document.token,
            expiresAt: end
        )
    }

    private func get(_ url: String, _ headers: [(name: String, value: String)]) -> HTTPRequest {
        HTTPRequest(
            .get,
            url,
            headers: headers,
            deadline: Self.deadline,
            responseLimit: Self.answerLimit
        )
    }

    private func text(_ request: HTTPRequest) async throws -> String {
        String(decoding: try await bytes(request), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Neither the answer's text nor the path in an error: both may be a secret.
    private func bytes(_ request: HTTPRequest) async throws -> [UInt8] {
        let answer = try await client.send(request)
        guard answer.status == 200 else {
            let host = request.url.split(separator: "/").dropFirst().first ?? ""
            throw Self.failure("\(host) answers \(answer.status)")
        }
        return answer.body
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        65...90 ~= byte || 97...122 ~= byte || 48...57 ~= byte || "+=,.@-_".utf8.contains(byte)
    }

    private static func failure(_ text: String) -> ObjectStoreError {
        ObjectStoreError(.denied, text)
    }
}
