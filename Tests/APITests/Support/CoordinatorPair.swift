import API
import Coordinator
import Domain
import Foundation
import Identity
import Keys
import Logging
import ServiceLifecycle
import SharedState
import Telemetry
import TestSupport
import Testing

/// Two coordinators on one database that reach one another through Redis. Neither looks in the database
/// for what ended on the other, and neither asks it: what one hears of the other comes through Redis.
/// Their clocks stand still, so that nothing that was taken comes back meanwhile.
struct CoordinatorPair {
    let first: TestBed
    let second: TestBed
    private let exchanges: [HintExchange]

    init(
        _ redis: RedisConfiguration,
        limits: RateLimits = .none,
        logger: Logger = Logger(label: "pair") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        let shared = try await TestBed.shared()
        let keys = shared.services.keys
        let now = shared.services.now()
        var exchanges: [HintExchange] = []
        func bed() throws -> TestBed {
            let outbox = HintOutbox(keys: keys, now: { now })
            let bed = try shared.variant {
                $0.rates = RequestRates(limits, outbox: outbox) {
                    MonotonicTime(nanoseconds: 0)
                }
                $0.now = { now }
                $0.attempts = LoginAttempts(outbox: outbox)
                $0.endedSessions = EndedSessions(outbox: outbox)
                $0.endedSessions.heard(at: WallTime(seconds: 4_000_000_000))
                $0.metrics = PrometheusRegistry()
            }
            exchanges.append(
                HintExchange(
                    redis,
                    keys: keys,
                    outbox: outbox,
                    services: bed.services,
                    logger: logger
                )
            )
            return bed
        }
        first = try bed()
        second = try bed()
        self.exchanges = exchanges
    }

    /// Runs a test while both exchange.
    func run(
        _ body: @Sendable (_ first: APIClient, _ second: APIClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "pair") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(
            configuration: .init(services: exchanges, logger: logger)
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await first.run { one in
                    try await second.run { two in try await body(one, two) }
                }
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// The value of a metric of one of them; nil if it is not there.
    static func metric(_ name: String, of bed: TestBed) -> Double? {
        for line in bed.services.metrics.text().split(separator: "\n")
        where line.hasPrefix(name + " ") {
            return Double(line.dropFirst(name.count + 1))
        }
        return nil
    }

    /// Hints that one of them applied.
    static func received(_ bed: TestBed) -> Int {
        Int(metric("sparc_redis_hints_received_total", of: bed) ?? 0)
    }

    static func refused(_ reason: HintInbox.Refusal, _ bed: TestBed) -> Int {
        let name = #"sparc_redis_messages_refused_total{reason="\#(reason.rawValue)"}"#
        return Int(metric(name, of: bed) ?? 0)
    }

    /// Waits until something is so that takes a look or a few.
    static func until(
        _ what: String,
        _ isSo: @Sendable () async throws -> Bool
    ) async throws {
        for _ in 0..<400 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it never came to this: \(what)")
    }

    /// What was told, heard and dropped.
    static func counts(_ bed: TestBed) -> String {
        ["sent", "received", "dropped"].map { word in
            "\(word) \(Int(metric("sparc_redis_hints_\(word)_total", of: bed) ?? -1))"
        }.joined(separator: ", ")
    }

    func untilConnected() async throws {
        for bed in [first, second] {
            try await Self.until("connected") {
                Self.metric("sparc_redis_up", of: bed) == 1
            }
        }
    }
}
