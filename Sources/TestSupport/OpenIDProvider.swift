import Foundation
import Processes
import Sockets
import Transfer

/// A provider of identities that is nobody's code of ours: canaille, which has pages to log in and to
/// consent, and checks PKCE. It never says whether it verified an address. `.ci/openid-provider` installs it.
package final class OpenIDProvider {
    package static let password = "a password at the provider"

    package let issuer: String
    private let port: Int
    private let folder: String
    private let client = HTTPClient(policy: nil)
    private var child: ChildProcess?

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let program = root + "/.build/openid-provider/bin/canaille"

    /// Makes its folder and its first key; `start()` starts it.
    package init() async throws {
        guard let port = LoopbackPort.free() else {
            throw SparcInstallation.Failure(description: "no free port")
        }
        self.port = port
        issuer = "http://127.0.0.1:\(port)"
        folder = "/tmp/sparc-openid-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        try await Self.run(Self.root + "/.ci/openid-provider", [])
        try await makeKey()
        try await manage(["install"])
    }

    /// Adds a person.
    package func addPerson(_ name: String, email: String) async throws {
        try await manage([
            "create", "user", "--user-name", name, "--password", Self.password, "--emails", email,
            "--family-name", "Person", "--given-name", name, "--formatted-name", name,
        ])
    }

    /// Adds a client for the authorization code flow.
    package func addClient(id: String, secret: String, redirectURI: String) async throws {
        try await manage([
            "create", "client", "--client-id", id, "--client-secret", secret,
            "--redirect-uris", redirectURI, "--scope", "openid", "--scope", "email",
            "--client-name", "SPARC", "--grant-types", "authorization_code",
            "--response-types", "code", "--token-endpoint-auth-method", "client_secret_basic",
        ])
        // Its tokens are for itself, as its page for clients would have it.
        try await manage(["set", "client", id, "--audience", id])
    }

    /// A new key that signs from the next start on; the one before is published still.
    package func makeKey() async throws {
        try await Self.run(
            Self.root + "/.build/openid-provider/bin/python",
            ["-c", Self.configure, folder, String(port)]
        )
    }

    /// Starts it and waits until it answers.
    package func start() async throws {
        let child = try ChildProcess(
            executable: Self.program,
            arguments: ["run", "--bind", "127.0.0.1:\(port)"],
            environment: environment,
            output: { _ in },
            errorOutput: { _ in }
        )
        self.child = child
        for _ in 0..<600 where child.exitStatus == nil {
            let answer = try? await client.send(
                HTTPRequest(.get, issuer + "/.well-known/openid-configuration")
            )
            if answer?.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw SparcInstallation.Failure(description: "the OpenID provider does not answer")
    }

    /// Takes connections from now on and answers none.
    package func hang() {
        signal(SIGSTOP)
    }

    package func stop() async {
        guard let child else { return }
        // Nothing of it is to be finished.
        signal(SIGKILL)
        _ = await child.waitForExit()
        self.child = nil
    }

    /// It works in a child of its own.
    private func signal(_ number: Int32) {
        guard let child, child.exitStatus == nil else { return }
        for process in ProcessTable.descendants(of: child.processID) { kill(process.id, number) }
    }

    package func cleanUp() async {
        await stop()
        client.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var environment: [String: String] {
        ["PATH": "/usr/bin:/bin", "CANAILLE_CONFIG": folder + "/canaille.toml", "LANG": "C.UTF-8"]
    }

    private func manage(_ arguments: [String]) async throws {
        try await Self.run(Self.program, arguments, environment: environment)
    }

    private static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws {
        let run = try await ShellCommand.run(executable, arguments, environment: environment)
        guard run.status.isSuccess else {
            throw SparcInstallation.Failure(
                description: "\(executable): \(run.errors.suffix(2_000))"
            )
        }
    }

    /// Writes the configuration anew with one more key, which is the one that signs.
    private static let configure = """
        import json, os, sys
        from joserfc.jwk import RSAKey
        folder, port = sys.argv[1], sys.argv[2]
        kept = folder + '/keys.json'
        keys = json.load(open(kept)) if os.path.exists(kept) else []
        key = RSAKey.generate_key(2048, {'use': 'sig', 'alg': 'RS256'}, private=True)
        key.ensure_kid()
        keys.append(key.as_dict(private=True))
        json.dump(keys, open(kept, 'w'))
        def table(key):
            return '{' + ', '.join(f'{name} = "{value}"' for name, value in key.items()
                if isinstance(value, str)) + '}'
        lines = [
            'SECRET_KEY = "a key of the tests that signs cookies"',
            f'SERVER_NAME = "127.0.0.1:{port}"', 'PREFERRED_URL_SCHEME = "http"',
            'SESSION_COOKIE_SECURE = false', '[CANAILLE]', 'DATABASE = "sql"',
            '[CANAILLE_SQL]', f'DATABASE_URI = "sqlite:///{folder}/canaille.sqlite"',
            'PASSWORD_SCHEMES = "plaintext"', '[CANAILLE_OIDC]', 'ENABLE_OIDC = true',
            'ACTIVE_JWKS = [' + table(keys[-1]) + ']',
            'INACTIVE_JWKS = [' + ', '.join(table(key) for key in keys[:-1]) + ']',
        ]
        open(folder + '/canaille.toml', 'w').write(chr(10).join(lines) + chr(10))
        """
}
