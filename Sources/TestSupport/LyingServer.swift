import Domain
import NIOCore
import NIOPosix
package import ObjectStore
import Synchronization

/// An object store that keeps its promises only as told: it speaks enough of S3 for put, head, get
/// and delete, and does to each put what its plan says. It believes any signature.
package final class LyingServer: Answering {
    package enum Fault: Sendable, Hashable {
        case none
        case slowDown
        case internalError
        /// The answer never comes, and nothing is stored.
        case silence
        /// Closed before an answer, and nothing is stored.
        case reset
        /// Stored, and closed before an answer.
        case storedButSilent
        /// Half is stored, and the answer says 200.
        case truncated
        /// The answer's head comes, its body is cut off; the object is stored.
        case cutAnswer
        case conditionalConflict
        case denied
        case expiredToken
        case skewed
    }

    package struct Object: Sendable {
        package var body: [UInt8]
        package var headers: [String: String]
    }

    package struct State: Sendable {
        package var objects: [String: Object] = [:]
        /// Puts that reached the server, by path.
        package var puts: [String: Int] = [:]
        /// Times at which an object was stored, by path.
        package var stored: [String: Int] = [:]
        package var requests = 0
        /// Requests by method.
        package var methods: [String: Int] = [:]
    }

    private let channel: any Channel
    private let content: Mutex<State>
    private let plan: @Sendable (_ request: Int, _ authorization: String) -> Fault

    /// Most bytes that wait unread in the kernel for a slow connection: else nobody would notice.
    private static let receiveBuffer = 8_192

    /// - Parameters:
    ///   - rate: Bytes a second that a connection, counted from 1, is read with; nil: all at once.
    ///   - plan: What becomes of a put, by the number of the request from 1.
    package init(
        rate: (@Sendable (_ connection: Int) -> Int?)? = nil,
        _ plan: @escaping @Sendable (_ request: Int, _ authorization: String) -> Fault
    ) async throws {
        self.plan = plan
        content = Mutex(State())
        let box = Mutex<LyingServer?>(nil)
        let connections = Mutex(0)
        var bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let server = box.withLock({ $0 }) else { return }
                    let number = connections.withLock { count in
                        count += 1
                        return count
                    }
                    try LyingConnection.add(server, to: channel, rate: rate?(number))
                }
            }
        if rate != nil {
            bootstrap = bootstrap.serverChannelOption(
                .socketOption(.so_rcvbuf),
                value: Self.receiveBuffer
            )
        }
        channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        box.withLock { $0 = self }
    }

    package var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    package var state: State { content.withLock { $0 } }

    package var configuration: S3Configuration {
        get throws {
            guard
                let endpoint = S3Endpoint(url: url)
            else { throw ObjectStoreError(.unavailable, "no endpoint") }
            return S3Configuration(
                bucket: "bucket",
                endpoint: endpoint,
                region: "us-east-1",
                credentials: .parts(
                    accessKeyID: .value("AKIA"),
                    secretAccessKey: .value("secret"),
                    sessionToken: nil
                )
            )
        }
    }

    package func stop() async throws {
        try await channel.close()
    }

    package enum Reply {
        case answer(status: String, headers: [(String, String)], body: [UInt8], cut: Bool)
        case close
        case nothing
    }

    package func reply(_ request: LyingConnection.Request) -> Reply {
        content.withLock { state in
            state.requests += 1
            state.methods[request.method, default: 0] += 1
            let path = request.path
            switch request.method {
            case "PUT": return put(request, &state)
            case "DELETE":
                state.objects[path] = nil
                return .answer(status: "204 No Content", headers: [], body: [], cut: false)
            default:
                guard let object = state.objects[path] else {
                    return .answer(status: "404 Not Found", headers: [], body: [], cut: false)
                }
                return Self.content(object, request)
            }
        }
    }

    private static func content(_ object: Object, _ request: LyingConnection.Request) -> Reply {
        let headers = object.headers.map { ($0.key, $0.value) }
        let bounds = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-")
            .compactMap { Int($0) }
        guard let bounds, bounds.count == 2, bounds[0] <= bounds[1], bounds[1] < object.body.count
        else {
            return .answer(
                status: "200 OK",
                headers: headers + [("Content-Length", String(object.body.count))],
                body: request.method == "HEAD" ? [] : object.body,
                cut: false
            )
        }
        let body = Array(object.body[bounds[0]...bounds[1]])
        let range = "bytes \(bounds[0])-\(bounds[1])/\(object.body.count)"
        return .answer(
            status: "206 Partial Content",
            headers: headers + [("Content-Range", range), ("Content-Length", String(body.count))],
            body: body,
            cut: false
        )
    }

    private func put(_ request: LyingConnection.Request, _ state: inout State) -> Reply {
        let path = request.path
        state.puts[path, default: 0] += 1
        let fault = plan(state.requests, request.headers["authorization"] ?? "")
        func error(_ status: String, _ code: String) -> Reply {
            let body = Array("<Error><Code>\(code)</Code></Error>".utf8)
            return .answer(status: status, headers: [], body: body, cut: false)
        }
        switch fault {
        case .slowDown: return error("503 Slow Down", "SlowDown")
        case .internalError: return error("500 Internal Server Error", "InternalError")
        case .silence: return .nothing
        case .reset: return .close
        case .conditionalConflict: return error("409 Conflict", "ConditionalRequestConflict")
        case .denied: return error("403 Forbidden", "AccessDenied")
        case .expiredToken: return error("400 Bad Request", "ExpiredToken")
        case .skewed: return error("403 Forbidden", "RequestTimeTooSkewed")
        case .none, .storedButSilent, .truncated, .cutAnswer: break
        }
        if state.objects[path] != nil, request.headers["if-none-match"] == "*" {
            return error("412 Precondition Failed", "PreconditionFailed")
        }
        var kept = request.headers.filter { $0.key.hasPrefix("x-amz-meta-") }
        kept["x-amz-tagging"] = request.headers["x-amz-tagging"]
        let body =
            fault == .truncated
            ? Array(request.body.prefix(request.body.count / 2)) : request.body
        state.objects[path] = Object(body: body, headers: kept)
        state.stored[path, default: 0] += 1
        switch fault {
        case .storedButSilent: return .close
        case .cutAnswer:
            return .answer(status: "200 OK", headers: [], body: Array("12".utf8), cut: true)
        default: return .answer(status: "200 OK", headers: [], body: [], cut: false)
        }
    }
}
