internal import API
internal import Domain
internal import Identity
internal import Keys
internal import Logging
internal import SharedState
internal import Telemetry

/// What the thread of `HintExchange` does: connect, tell, hear, and again; a value that lives on it.
struct HintLoop: Sendable {
    /// Messages that are sent at once; more wait for the next look.
    static let messageLimit = 16
    /// How long what waits at the end is still told: twice what one look may take.
    static let lastLooks = RedisConnection.commandTimeout * 2
    /// Milliseconds that an entry's id may be ahead of Redis' clock, which tells whole seconds.
    static let clockSlack: UInt64 = 2_000
    /// Pages that are read without a pause: the whole of the stream.
    static let pageLimit = RedisStream.lengthLimit / RedisStream.pageLimit
    /// Between attempts to connect: all coordinators lose Redis at the same time.
    static let backoff = FullJitterBackoff(base: .milliseconds(500), cap: .seconds(5))

    private let configuration: RedisConfiguration
    private let stream: RedisStream
    private let outbox: HintOutbox
    private let services: APIServices
    private let metrics: HintMetrics
    private let logger: Logger
    private var signer: HintSigner
    private var inbox: HintInbox
    /// Taken from the outbox and not sent yet.
    private var waiting: ArraySlice<Hint> = []
    /// Sent, and not known to have been taken.
    private var inFlight = 0
    /// After the last entry that was read; nil: the last minutes are to be read.
    private var position: RedisStream.Position?
    /// What can be read is no message: it is left behind.
    private var skipsBacklog = false
    private var failures = 0
    private var told: Told?

    /// What the log says already.
    private enum Told: Hashable {
        case connected
        case failed(RedisError.Code)
    }

    init(
        _ configuration: RedisConfiguration,
        keys: KeyRing,
        outbox: HintOutbox,
        services: APIServices,
        logger: Logger
    ) {
        self.configuration = configuration
        self.outbox = outbox
        self.services = services
        self.logger = logger
        metrics = HintMetrics(services.metrics)
        let name = keys.derive(.hintStream)[..<6].map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }
        stream = RedisStream(key: "sparc:hints:1:" + name.joined())
        let key = keys.derive(.hintSignature)
        signer = HintSigner(key: key)
        inbox = HintInbox(own: signer.sender, key: key)
    }

    mutating func run(until stop: StopSign) {
        while !stop.isSet {
            do throws(RedisError) {
                try exchange(until: stop)
            } catch {
                failed(error)
                let wait = Self.backoff.delay(attempt: failures, random: .random(in: 0..<1))
                if stop.wait(wait) { return }
            }
        }
    }

    /// One connection, until it fails or all is to end; what waits then is still told.
    private mutating func exchange(until stop: StopSign) throws(RedisError) {
        var connection = try RedisConnection.open(configuration)
        let (clock, opened) = (try connection.milliseconds(), ContinuousClock.now)
        var position = start(clock)
        var pages = 0
        var end: ContinuousClock.Instant?
        while true {
            let isLast = stop.isSet
            let messages = outgoing()
            let page = try connection.exchange(stream, adding: messages.bytes, after: position)
            // Behind an entry of the future nothing that is added is ever read.
            let passed = UInt64(max(0, (.now - opened) / .milliseconds(1)))
            guard page.position.milliseconds <= clock + passed + Self.clockSlack else {
                throw RedisError(
                    .malformed,
                    "the stream \(stream.key) has an entry of the future; delete the stream"
                )
            }
            position = page.position
            self.position = position
            succeeded(messages.count)
            for message in page.messages { apply(message) }
            // What came meanwhile is told as well, but no end waits for who goes on making more.
            if isLast {
                if end == nil { end = .now + Self.lastLooks }
                if let end, messages.bytes.isEmpty || .now >= end { return }
                continue
            }
            pages = page.isFull ? pages + 1 : 0
            // More of the stream at once; but whoever fills it without end does not keep a core busy.
            if page.isFull, pages < Self.pageLimit { continue }
            pages = 0
            _ = stop.wait(HintExchange.interval)
        }
    }

    /// Where to read on: after the last entry that was read, or, at the start and when Redis' clock is
    /// behind that (another server), after those that no longer count.
    private mutating func start(_ clock: UInt64) -> RedisStream.Position {
        defer { skipsBacklog = false }
        if let position, position.milliseconds <= clock + 1_000, !skipsBacklog { return position }
        // Messages are a little older than their entries.
        let memory = skipsBacklog ? 0 : UInt64(HintInbox.memory - 10) * 1_000
        return RedisStream.Position(milliseconds: clock > memory ? clock - memory : 0)
    }

    /// The next messages, and how many hints are in them.
    private mutating func outgoing() -> (bytes: [[UInt8]], count: Int) {
        if waiting.isEmpty {
            let drained = outbox.drain()
            waiting = drained.hints[...]
            metrics.dropped(drained.dropped)
        }
        var messages: [[UInt8]] = []
        var total = 0
        let now = services.now()
        while messages.count < Self.messageLimit,
            let (bytes, count) = signer.message(waiting, now: now)
        {
            messages.append(bytes)
            waiting = waiting.dropFirst(count)
            total += count
        }
        inFlight = total
        return (messages, total)
    }

    private mutating func succeeded(_ sent: Int) {
        inFlight = 0
        failures = 0
        metrics.sent(sent)
        guard told != .connected else { return }
        told = .connected
        metrics.isUp(true)
        logger.notice(
            "coordinators reach one another through Redis",
            metadata: [LogKey.address: "\(configuration)"]
        )
    }

    /// Whether Redis took what was under way is not known; nothing is sent twice.
    private mutating func failed(_ error: RedisError) {
        metrics.dropped(waiting.count + inFlight)
        waiting = []
        inFlight = 0
        failures += 1
        if error.code == .malformed { skipsBacklog = true }
        metrics.isUp(false)
        guard told != .failed(error.code) else { return }
        told = .failed(error.code)
        logger.warning(
            "coordinators do not reach one another through Redis; each counts for itself",
            metadata: [
                LogKey.address: "\(configuration)", LogKey.errorCode: "\(error.code.rawValue)",
                LogKey.errorMessage: "\(error.message)",
            ]
        )
    }

    private mutating func apply(_ message: [UInt8]) {
        let now = services.now()
        switch inbox.open(message, now: now) {
        case .own: return
        case .refused(let reason): metrics.refused(reason)
        case .hints(let hints, let moment):
            for hint in hints { services.learn(hint, at: moment, now: now) }
            metrics.received(hints.count)
        }
    }
}
