import ArgumentParser
import Foundation
import Transfer

/// How commands of this machine reach the API: `--url`, and a token from `SPARC_TOKEN` or from the
/// owner-only file in the data folder.
struct APISession: ParsableArguments {
    @Option(help: "Base URL of the API.")
    var url = "http://127.0.0.1:3000"

    @Option(help: "Data folder of the `sparc up` whose token is used.")
    var dataDir: String?

    func validate() throws {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ValidationError(
                "--url must be an http or https URL, for example --url http://127.0.0.1:3000"
            )
        }
    }

    /// Runs a body with a logged-in client; prints what went wrong and ends with status 1.
    func run(_ body: (APIClient) async throws -> Void) async throws {
        let client = HTTPClient(policy: nil)
        defer { client.close() }
        do {
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            let anonymous = APIClient(base: base, token: nil, client: client)
            let token = try await token(anonymous)
            try await body(APIClient(base: base, token: token, client: client))
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("sparc: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func token(_ anonymous: APIClient) async throws -> String {
        if let token = ProcessInfo.processInfo.environment["SPARC_TOKEN"], !token.isEmpty {
            return token
        }
        let folder = DataFolder(path: dataDir ?? DataFolder.standard)
        guard FileManager.default.isReadableFile(atPath: folder.accessTokenFile) else {
            throw APIClient.Failure(
                description: "no token: set SPARC_TOKEN, or name the data folder of a running "
                    + "sparc up --demo with --data-dir"
            )
        }
        // The file exists only for a development installation, whose login is known; the token in
        // it may have expired.
        let token = try await anonymous.logIn(
            email: DevelopmentLogin.email,
            password: DevelopmentLogin.password,
            tenant: DevelopmentLogin.tenant
        )
        try DataFolder.write(token + "\n", to: folder.accessTokenFile)
        return token
    }
}
