import Foundation
import Processes
import Synchronization
import Transfer

/// A receiver of webhooks that is nobody's code of ours: Python's own HTTP server, which checks the
/// signatures with its own hmac and answers as it is told.
package final class WebhookReceiver: Sendable {
    /// A request as it arrived.
    package struct Received: Codable, Sendable, Hashable {
        package struct Message: Codable, Sendable, Hashable {
            package struct Content: Codable, Sendable, Hashable {
                package var alertID: String?
                package var cameraID: String?
                package var kind: String?
                package var state: String?

                private enum CodingKeys: String, CodingKey {
                    case alertID = "alert_id"
                    case cameraID = "camera_id"
                    case kind
                    case state
                }
            }

            package var type: String
            package var data: Content
        }

        package var id: String
        package var path: String
        /// Whether signature and timestamp are right.
        package var isGenuine: Bool
        /// Seconds since 1970.
        package var at: Double
        package var message: Message
    }

    /// What it does with a request.
    package enum Mode: String, Sendable {
        case accept = "204"
        /// As `accept`, after 100 ms.
        case slow
        case fail = "500"
        case gone = "410"
        /// Takes the request and never answers.
        case hang
        /// Sends the client elsewhere; the path `/elsewhere` counts as received.
        case redirect
        /// Ends the connection with RST.
        case reset
        /// An answer of 1 MiB.
        case endless
    }

    private let child: ChildProcess
    private let requests: Lines
    package let port: Int
    private let folder: String

    /// A folder-based control: files `mode` and `secret` are read at every request.
    package init() async throws {
        folder = "/tmp/sparc-hook-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let lines = Lines()
        requests = lines
        child = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: ["python3", "-u", "-c", Self.script, folder],
            environment: ["PATH": "/usr/bin:/bin"],
            output: { lines.append($0) },
            errorOutput: { _ in }
        )
        var found: Int?
        for _ in 0..<200 where found == nil {
            try await Task.sleep(for: .milliseconds(50))
            found = lines.all.first.flatMap { Int($0) }
        }
        guard let found else { throw SparcInstallation.Failure(description: "no receiver") }
        port = found
        try set(.accept)
    }

    /// Adds it as a webhook of the viewer's organisation, for what webhooks get by default.
    package func subscribe(_ viewer: Viewer) async throws {
        let answer = try await viewer.send(.post, "/api/v1/webhooks", body: #"{"url":"\#(url)"}"#)
        let object = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        guard answer.status == 201, let secret = object?["secret"] as? String else {
            throw Viewer.Failure(description: "POST /webhooks: status \(answer.status)")
        }
        try set(secret: secret)
    }

    package var url: String { "http://127.0.0.1:\(port)/hook" }

    package func set(_ mode: Mode) throws {
        try mode.rawValue.write(toFile: folder + "/mode", atomically: true, encoding: .utf8)
    }

    /// The secret that signatures are checked with.
    package func set(secret: String) throws {
        try secret.write(toFile: folder + "/secret", atomically: true, encoding: .utf8)
    }

    /// Everything that arrived so far.
    package var received: [Received] {
        requests.all.dropFirst().compactMap {
            try? JSONDecoder().decode(Received.self, from: Data($0.utf8))
        }
    }

    /// Waits until a condition holds for what was received; returns what there is then.
    package func wait(
        _ limit: Duration,
        until isEnough: ([Received]) -> Bool
    ) async throws -> [Received] {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline, !isEnough(received) {
            try await Task.sleep(for: .milliseconds(50))
        }
        return received
    }

    package func stop() async {
        // It has nothing to finish.
        _ = await child.stop(grace: .seconds(2), signal: SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func append(_ line: String) {
            lines.withLock { $0.append(line) }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    private static let script = """
        import base64, hashlib, hmac, http.server, json, socket, struct, sys, threading, time
        folder = sys.argv[1]
        lock = threading.Lock()
        def read(name):
            try:
                return open(folder + '/' + name).read()
            except OSError:
                return ''
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *arguments):
                pass
            def do_POST(self):
                body = self.rfile.read(int(self.headers['content-length']))
                id = self.headers['webhook-id']
                at = self.headers['webhook-timestamp']
                secret = read('secret')
                genuine = False
                if secret.startswith('whsec_'):
                    key = base64.b64decode(secret[6:], validate=True)
                    signed = id.encode() + b'.' + at.encode() + b'.' + body
                    code = hmac.new(key, signed, hashlib.sha256).digest()
                    wanted = 'v1,' + base64.b64encode(code).decode()
                    genuine = self.headers['webhook-signature'] == wanted
                    genuine = genuine and abs(time.time() - int(at)) < 30
                line = json.dumps({'id': id, 'path': self.path, 'isGenuine': genuine,
                    'at': time.time(), 'message': json.loads(body)})
                with lock:
                    sys.stdout.write(line + chr(10))
                    sys.stdout.flush()
                mode = read('mode')
                if mode == 'slow':
                    time.sleep(0.1)
                    mode = '204'
                if mode == 'hang':
                    time.sleep(3600)
                elif mode == 'reset':
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack('ii', 1, 0))
                    self.close_connection = True
                    self.connection.close()
                elif mode == 'redirect':
                    self.send_response(307)
                    self.send_header('Location', '/elsewhere')
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                elif mode == 'endless':
                    self.send_response(200)
                    self.send_header('Content-Length', str(1 << 20))
                    self.end_headers()
                    self.wfile.write(b'x' * (1 << 20))
                else:
                    self.send_response(int(mode))
                    self.send_header('Content-Length', '0')
                    self.end_headers()
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, request, address):
                pass
        server = Server(('127.0.0.1', 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
