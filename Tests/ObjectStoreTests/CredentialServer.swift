import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// The three services that give credentials, as strict as the real ones: EC2's metadata service of
/// the second version, a container's service, and the exchange of a web identity at STS.
final class CredentialServer: Answering {
    struct State: Sendable {
        /// Times at which credentials were given.
        var given = 0
        var requests = 0
        /// Sessions of the metadata service.
        var sessions: Set<String> = []
        var isDown = false
        /// Role of the instance; nil for none.
        var role: String? = "footage"
        /// When the credentials end, RFC 3339.
        var expiration = "2026-01-01T06:00:00Z"
    }

    static let token = "identity token+of=the account"
    let state = Mutex(State())
    private let channel: any Channel

    init() async throws {
        let box = Mutex<CredentialServer?>(nil)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let server = box.withLock({ $0 }) else { return }
                    try LyingConnection.add(server, to: channel)
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        box.withLock { $0 = self }
    }

    var base: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    func stop() async throws {
        try await channel.close()
    }

    func reply(_ request: LyingConnection.Request) -> LyingServer.Reply {
        state.withLock { state in
            state.requests += 1
            if state.isDown { return Self.answer("500 Internal Server Error", "secret-in-error") }
            switch (request.method, request.path) {
            case ("PUT", "/latest/api/token"):
                let name = "x-aws-ec2-metadata-token-ttl-seconds"
                guard let seconds = request.headers[name].flatMap({ Int($0) }),
                    1...21_600 ~= seconds, request.headers["x-forwarded-for"] == nil
                else { return Self.answer("400 Bad Request", "") }
                let session = UUID().uuidString
                state.sessions.insert(session)
                return Self.answer("200 OK", session)
            case ("GET", let path) where path.hasPrefix("/latest/meta-data/iam/"):
                return instance(path, request, &state)
            case ("GET", "/v1/credentials"):
                guard request.headers["authorization"] == Self.token else {
                    return Self.answer("401 Unauthorized", "secret-in-error")
                }
                return document(&state, hasCode: false)
            case ("POST", "/"): return exchange(request, &state)
            default: return Self.answer("404 Not Found", "")
            }
        }
    }

    private func instance(
        _ path: String,
        _ request: LyingConnection.Request,
        _ state: inout State
    ) -> LyingServer.Reply {
        guard let session = request.headers["x-aws-ec2-metadata-token"],
            state.sessions.contains(session)
        else { return Self.answer("401 Unauthorized", "") }
        let folder = "/latest/meta-data/iam/security-credentials/"
        guard let role = state.role else { return Self.answer("404 Not Found", "") }
        if path == folder { return Self.answer("200 OK", role) }
        guard path == folder + role else { return Self.answer("404 Not Found", "") }
        return document(&state, hasCode: true)
    }

    private func document(_ state: inout State, hasCode: Bool) -> LyingServer.Reply {
        state.given += 1
        let code = hasCode ? #""Code":"Success","Type":"AWS-HMAC","# : ""
        return Self.answer(
            "200 OK",
            """
            {\(code)"AccessKeyId":"ASIA\(state.given)","SecretAccessKey":"s3cret",\
            "Token":"session","Expiration":"\(state.expiration)"}
            """
        )
    }

    private func exchange(
        _ request: LyingConnection.Request,
        _ state: inout State
    ) -> LyingServer.Reply {
        var components = URLComponents()
        components.percentEncodedQuery = String(decoding: request.body, as: UTF8.self)
        let items = Dictionary(
            (components.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        ) { first, _ in first }
        guard items["Action"] == "AssumeRoleWithWebIdentity", items["Version"] == "2011-06-15",
            items["RoleArn"] == "arn:aws:iam::1:role/footage", items["RoleSessionName"] == "sparc",
            items["WebIdentityToken"] == Self.token, request.headers["authorization"] == nil
        else {
            return Self.answer(
                "400 Bad Request",
                "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
            )
        }
        state.given += 1
        return Self.answer(
            "200 OK",
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult>
                <Credentials>
                  <AccessKeyId>ASIA\(state.given)</AccessKeyId>
                  <SecretAccessKey>s3cret</SecretAccessKey>
                  <SessionToken>session</SessionToken>
                  <Expiration>\(state.expiration)</Expiration>
                </Credentials>
              </AssumeRoleWithWebIdentityResult>
            </AssumeRoleWithWebIdentityResponse>
            """
        )
    }

    private static func answer(_ status: String, _ text: String) -> LyingServer.Reply {
        .answer(status: status, headers: [], body: Array(text.utf8), cut: false)
    }
}
