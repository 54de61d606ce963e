import Domain
import Foundation
import Identity
import Keys
import PasswordHash
import TestSupport
import Transfer

/// What it costs to know who asks: `/api/v1/me` with a token beside `/health` without, in turn; how
/// many tokens one core checks in a second; what a login takes.
struct IdentityBenchmark {
    /// Connections of wrk, on one of its threads.
    private static let connections = 32
    private static let logins = 10
    /// Seconds after which wrk counts a request as failed: a busy machine shows in the latency.
    private static let patience = 30

    let seconds: Int
    let rounds: Int
    let machine: Machine

    func run(_ results: ResultsFile) async throws {
        let checks = try await tokenChecks()
        let hash = try await hashing()
        Text.say(
            "identity: \(Text.number(checks)) tokens checked a second on one core; a password's "
                + "hash takes \(Text.number(hash * 1_000)) ms"
        )
        let installation = try SparcInstallation(
            isDemo: false,
            environment: SparcMethod.environment
        )
        do {
            try await installation.start()
            var figures = try await measure(installation)
            figures["token_checks_per_second_per_core"] = checks
            figures["password_hash_median_seconds"] = hash
            try results.append(ResultRow("identity", "sparc", figures, machine: machine))
        } catch {
            let log = installation.log.suffix(3_000)
            await installation.cleanUp()
            throw BenchFailure("\(error)\n\(log)")
        }
        await installation.cleanUp()
    }

    private func measure(_ installation: SparcInstallation) async throws -> [String: Double] {
        let body =
            #"{"email":"admin@sparc.dev","password":"admin123","tenant":"development"}"#
        var token = ""
        var logins: [Double] = []
        for _ in 0..<Self.logins {
            let clock = ContinuousClock()
            let begun = clock.now
            let answer = try await installation.client.send(
                HTTPRequest(
                    .post,
                    installation.baseURL + "/api/v1/auth/login",
                    headers: [("Content-Type", "application/json")],
                    body: Array(body.utf8)
                )
            )
            logins.append((clock.now - begun) / .seconds(1))
            let object = try? JSONSerialization.jsonObject(with: Data(answer.body))
            guard answer.status == 200, let members = object as? [String: Any],
                let text = members["access_token"] as? String
            else { throw BenchFailure("login: status \(answer.status)") }
            token = text
        }
        var runs: [String: [WrkRun]] = [:]
        var cpu: [String: Double] = [:]
        let paths = [("health", "/health"), ("me", "/api/v1/me")]
        for round in 1...rounds {
            for (name, path) in paths {
                let before = ProcessGroupUsage(installation.processes(), group: SparcMethod.group)
                let run = try await load(installation.baseURL + path, token)
                let after = ProcessGroupUsage(installation.processes(), group: SparcMethod.group)
                runs[name, default: []].append(run)
                for part in ["coordinator", "postgres"] {
                    cpu["\(name) \(part)", default: 0] +=
                        (after.cpu[part] ?? 0) - (before.cpu[part] ?? 0)
                }
                Text.say(
                    "  \(round): \(path) \(Text.number(run.requestsPerSecond)) requests/s, "
                        + "p99 \(Text.number(run.p99)) ms"
                )
            }
        }
        return figures(runs, cpu, logins)
    }

    private func figures(
        _ runs: [String: [WrkRun]],
        _ cpu: [String: Double],
        _ logins: [Double]
    ) -> [String: Double] {
        var figures = ["seconds": Double(seconds), "rounds": Double(rounds)]
        figures["login_median_seconds"] = Percentiles(logins).median
        for (name, all) in runs {
            let rates = Percentiles(all.map(\.requestsPerSecond))
            figures["\(name)_requests_per_second"] = rates.median
            figures["\(name)_p99_milliseconds"] = Percentiles(all.map(\.p99)).median
            let requests = all.reduce(0) { $0 + $1.requestsPerSecond } * Double(seconds)
            for part in ["coordinator", "postgres"] {
                figures["\(name)_\(part)_cpu_microseconds_per_request"] =
                    (cpu["\(name) \(part)"] ?? 0) / max(1, requests) * 1e6
            }
        }
        let me = figures["me_requests_per_second"] ?? 0
        let ratio = me / max(1, figures["health_requests_per_second"] ?? 0)
        figures["me_to_health"] = ratio
        Text.say(
            "  /api/v1/me does \(Text.number(ratio)) of /health's requests; a login takes "
                + "\(Text.number((figures["login_median_seconds"] ?? 0) * 1_000)) ms"
        )
        return figures
    }

    private func load(_ url: String, _ token: String) async throws -> WrkRun {
        let done = try await ShellCommand.run(
            "/usr/bin/wrk",
            [
                "--threads", "1", "--connections", "\(Self.connections)", "--duration",
                "\(seconds)s", "--timeout", "\(Self.patience)s", "--latency", "--header",
                "Authorization: Bearer \(token)", url,
            ]
        )
        guard let run = WrkRun(done.output) else {
            throw BenchFailure("wrk, of the package wrk: \(done.errors) \(done.output)")
        }
        guard run.failures == 0 else { throw BenchFailure("\(run.failures) requests failed") }
        return run
    }

    /// One task on one core, by its own CPU time.
    private func tokenChecks() async throws -> Double {
        let signer = await TokenSigner(SigningKeys(try KeyRing(masterKey: Array(0..<32))))
        let now = WallTime.current
        let seconds = now.microseconds / 1_000_000
        let text = try await signer.sign(
            TokenClaims(
                tenant: TenantID(),
                user: UserID(),
                role: "owner",
                session: SessionID(),
                id: UUID().uuidString,
                issuedAt: seconds,
                expiresAt: seconds + 600
            )
        )
        let count = 20_000
        let clock = ContinuousClock()
        var rates: [Double] = []
        for _ in 0..<rounds {
            let begun = clock.now
            for _ in 0..<count { _ = try await signer.verify(text, now: now) }
            rates.append(Double(count) / ((clock.now - begun) / .seconds(1)))
        }
        return Percentiles(rates).median ?? 0
    }

    private func hashing() async throws -> Double {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0..<max(5, rounds) {
            let begun = clock.now
            _ = try await PasswordHasher.hash("a password of the benchmark")
            times.append((clock.now - begun) / .seconds(1))
        }
        return Percentiles(times).median ?? 0
    }
}
