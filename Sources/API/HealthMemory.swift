/// The answer about the whole installation, which anybody may ask for and which costs four queries:
/// it is made at most four times a second, however many ask, and one at a time.
actor HealthMemory {
    /// How old an answer may be that is given out again.
    static let age = Duration.milliseconds(250)

    private let clock: @Sendable () -> ContinuousClock.Instant
    private var last: (health: Health, at: ContinuousClock.Instant)?
    private var isAsking = false
    /// As many as there are connections, at most.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter clock: Given by tests.
    init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.clock = clock
    }

    /// The last answer, or a new one.
    func health(_ ask: @Sendable () async -> Health) async -> Health {
        while isAsking {
            await withCheckedContinuation { waiting.append($0) }
        }
        if let last, clock() - last.at < Self.age { return last.health }
        isAsking = true
        let health = await ask()
        isAsking = false
        // What was cut short says nothing to others.
        if !Task.isCancelled { last = (health, clock()) }
        let next = waiting
        waiting = []
        for continuation in next { continuation.resume() }
        return health
    }
}
