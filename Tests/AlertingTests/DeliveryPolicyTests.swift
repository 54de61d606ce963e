import Alerting
import Domain
import TestSupport
import Testing

/// What follows from each answer of a receiver.
struct DeliveryPolicyTests {
    private let policy = DeliveryPolicy()

    private func decide(
        _ outcome: DeliveryPolicy.Outcome,
        attempt: Int = 1,
        age: Int64 = 0,
        random: Double = 0.999
    ) -> DeliveryPolicy.Decision {
        policy.decide(outcome, attempt: attempt, age: age, random: random)
    }

    @Test(arguments: [200, 201, 202, 204, 299])
    func `success is a 2xx`(_ status: Int) {
        #expect(decide(.answered(status: status)) == .delivered)
    }

    @Test(arguments: [301, 302, 307, 400, 401, 404, 409, 429, 500, 502, 503, 504])
    func `everything else but 410 is tried again`(_ status: Int) {
        guard case .retry(_, let error) = decide(.answered(status: status)) else {
            Issue.record("\(status) is not tried again")
            return
        }
        #expect(error.contains("\(status)"))
    }

    @Test func `410 switches the webhook off`() {
        guard case .disable = decide(.answered(status: 410)) else {
            Issue.record("410 is not the end")
            return
        }
    }

    @Test func `a message ends after its attempts or its age`() {
        let failure = DeliveryPolicy.Outcome.failed("no answer", isRetryable: true)
        #expect(decide(failure, attempt: policy.attemptLimit) == .abandon(error: "no answer"))
        #expect(decide(failure, age: policy.ageLimit) == .abandon(error: "no answer"))
        let lasting = DeliveryPolicy.Outcome.failed("no URL", isRetryable: false)
        #expect(decide(lasting) == .abandon(error: "no URL"))
    }

    @Test func `waits double up to the cap, with full jitter and never nothing`() {
        let failure = DeliveryPolicy.Outcome.failed("", isRetryable: true)
        for attempt in 1..<50 {
            for random in [0, 0.3, 0.999_999] {
                guard case .retry(let wait, _) = decide(failure, attempt: attempt, random: random)
                else {
                    Issue.record("attempt \(attempt) is the last")
                    return
                }
                let bound = min(policy.cap, policy.base * (1 << min(20, attempt - 1)))
                #expect(wait >= bound * 0.05 && wait <= bound)
                #expect(wait >= .milliseconds(250))
            }
        }
    }

    /// A receiver that answers 500 for so many seconds has the message a cap later at most, and is
    /// not hammered meanwhile.
    @Test(arguments: [10, 60, 600, 3_600, 36_000], 0..<20)
    func `a long failure is outlasted without hammering`(_ seconds: Int, _ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var waited = Duration.zero
        var attempt = 1
        while waited < .seconds(seconds) {
            let decision = policy.decide(
                .answered(status: 500),
                attempt: attempt,
                age: waited.components.seconds * 1_000_000,
                random: Double.random(in: 0..<1, using: &random)
            )
            guard case .retry(let wait, _) = decision else {
                Issue.record("given up after \(waited), seed \(seed)")
                return
            }
            waited += wait
            attempt += 1
        }
        let late = waited - .seconds(seconds)
        #expect(late <= policy.cap, "seed \(seed)")
        // Waits double, so that attempts grow with the logarithm of the time until the cap.
        #expect(attempt <= 50 && (seconds > 600 || attempt <= 16), "\(attempt), seed \(seed)")
    }
}
