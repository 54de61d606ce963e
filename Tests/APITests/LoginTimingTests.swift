import API
import Domain
import Foundation
import Identity
import Testing

/// Whether an unknown account can be told from a wrong password.
///
/// `SPARC_TIMING_LOGINS` says how many of each are timed, 30 by default; nothing is asserted of the
/// times, which are printed: a difference says something with thousands on a machine that does
/// nothing else.
@Suite(.serialized) struct LoginTimingTests {
    private static var count: Int {
        ProcessInfo.processInfo.environment["SPARC_TIMING_LOGINS"].flatMap { Int($0) } ?? 30
    }

    /// People that are guessed at in turn, fewer guesses than the limits of an organisation allow.
    private static let people = 60
    private static let guessesEach = 4

    private enum Kind: CaseIterable {
        case wrongPassword
        case unknownAccount
        case unknownTenant
    }

    @Test
    func `an unknown account answers the same bytes as a wrong password; the times are printed`()
        async throws
    {
        let shared = try await TestBed.shared()
        let owner = try await shared.member()
        var known: [Member] = [owner]
        for _ in 1..<Self.people {
            var member = try await shared.member(.viewer, of: owner.tenant)
            member.tenantName = owner.tenantName
            known.append(member)
        }
        let members = known
        var times: [Kind: [Double]] = [:]
        var bodies: Set<String> = []
        var left = Self.count
        while left > 0 {
            // Limits of their own, so that every login is checked.
            let bed = try shared.variant { $0.attempts = LoginAttempts() }
            let rounds = min(left, Self.people * Self.guessesEach / Kind.allCases.count)
            left -= rounds
            let found = try await bed.run { api in
                var found: [(Kind, Double, String)] = []
                for round in 0..<rounds {
                    // In another order each time, or what comes first pays for what is cold.
                    for kind in Kind.allCases.shuffled() {
                        var member = members[round % members.count]
                        if kind == .unknownAccount { member.email = "x\(round)-\(member.email)" }
                        if kind == .unknownTenant { member.tenantName += "-x\(round)" }
                        let start = ContinuousClock.now
                        let answer = try await api.logIn(member, password: "a wrong password")
                        let time = (ContinuousClock.now - start) / .milliseconds(1)
                        #expect(answer.status == 401)
                        found.append((kind, time, answer.text))
                    }
                }
                return found
            }
            for (kind, time, body) in found {
                times[kind, default: []].append(time)
                bodies.insert(body)
            }
        }
        #expect(bodies.count == 1)
        let reference = Moments(times[.wrongPassword] ?? [])
        for kind in [Kind.unknownAccount, .unknownTenant] {
            let moments = Moments(times[kind] ?? [])
            let error = 1.96 * (moments.squaredError + reference.squaredError).squareRoot()
            print(
                """
                login, \(kind) less wrongPassword, n = \(moments.count) each: \
                \(Self.text(moments.mean - reference.mean)) ± \(Self.text(error)) ms (95 %), \
                mean \(Self.text(reference.mean)) ms
                """
            )
        }
    }

    private static func text(_ number: Double) -> String {
        String(format: "%.3f", number)
    }

    /// Mean and its error.
    private struct Moments {
        var count: Int
        var mean: Double
        /// Of the mean.
        var squaredError: Double

        init(_ values: [Double]) {
            count = values.count
            let mean = values.reduce(0, +) / Double(max(1, values.count))
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            self.mean = mean
            squaredError = squares / Double(max(1, values.count - 1)) / Double(max(1, values.count))
        }
    }
}
