internal import Catalog
internal import Synchronization

/// What the catalogue said last, for as long as it does not answer: who watches a camera goes on
/// watching while the database is away.
///
/// Every request asks the catalogue. Only where that fails, takes longer than `patience`, or has
/// failed a moment ago, the last answer counts, if it is not older than `lifetime`, or than
/// `turnLifetime` where the database answers others meanwhile. An answer that
/// comes too late for its request is remembered for the next.
final class LastAnswers<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How old an answer may be: an outage of an hour.
    static var lifetime: Duration { .seconds(3_600) }
    /// Keys that are remembered; beyond it all are forgotten.
    static var countLimit: Int { 20_000 }
    /// How old an answer may be while the database answers others and the organisation waits for its
    /// own turn: what was taken away meanwhile, maybe on another coordinator, soon counts.
    static var turnLifetime: Duration { .seconds(10) }
    /// How long the catalogue has to answer where something is remembered: a player waits for it.
    static var patience: Duration { .seconds(1) }

    private struct Entry {
        /// Nil: there is none, or what was known does not hold any more.
        var value: Value?
        /// When it was asked for: of two answers the one to the later question counts.
        var at: ContinuousClock.Instant
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let outage: CatalogOutage
    private let turnLifetime: Duration

    /// - Parameter turnLifetime: Given by tests.
    init(_ outage: CatalogOutage, turnLifetime: Duration = LastAnswers.turnLifetime) {
        self.outage = outage
        self.turnLifetime = turnLifetime
    }

    /// The catalogue's answer, or the last one.
    ///
    /// - Parameters:
    ///   - key: What is asked for.
    ///   - ask: Asks the catalogue; nil is not handed out again, and what was known before is
    ///     forgotten.
    /// - Throws: What `ask` throws where nothing is remembered, and always what is not an outage.
    func value(
        _ key: Key,
        ask: @escaping @Sendable () async throws(CatalogError) -> Value?
    ) async throws(CatalogError) -> Value? {
        guard let known = remembered(key) else { return try await answer(key, ask) }
        if outage.isRecent { return known.value }
        let begun = ContinuousClock.now
        do {
            return try await answerInTime(key, ask, isOld: begun - known.at >= turnLifetime)
        } catch {
            guard error.isRetryable else { throw error }
            let isAway = !outage.hasAnswered(since: begun)
            guard isAway || begun - known.at < turnLifetime else { throw error }
            return known.value
        }
    }

    /// What was remembered does not hold any more.
    func forget(_ key: Key) {
        // An answer to an earlier question, which may still come, does not bring it back.
        remember(nil, key, at: .now)
    }

    /// - Parameter isCounted: Whether the request has told of an outage already.
    private func answer(
        _ key: Key,
        _ ask: @Sendable () async throws(CatalogError) -> Value?,
        isCounted: @Sendable () -> Bool = { false }
    ) async throws(CatalogError) -> Value? {
        let begun = ContinuousClock.now
        do {
            let answer = try await ask()
            outage.ended()
            remember(answer, key, at: begun)
            return answer
        } catch {
            if error.isRetryable, error.code != .crowded, !isCounted() { outage.failed(error) }
            throw error
        }
    }

    /// Waits for the answer no longer than `patience`.
    /// - Parameter isOld: Whether nothing else will do while the database answers others: then it is
    ///   waited for to its own time limit.
    private func answerInTime(
        _ key: Key,
        _ ask: @escaping @Sendable () async throws(CatalogError) -> Value?,
        isOld: Bool
    ) async throws(CatalogError) -> Value? {
        let (results, result) = AsyncStream.makeStream(
            of: Result<Value?, CatalogError>.self,
            bufferingPolicy: .bufferingOldest(1)
        )
        let begun = ContinuousClock.now
        // Goes on when nobody waits any more, to its own time limit.
        Task {
            do throws(CatalogError) {
                // A failure that comes after the clock's is the same.
                let value = try await answer(key, ask) { .now - begun >= Self.patience }
                result.yield(.success(value))
            } catch {
                result.yield(.failure(error))
            }
        }
        let clock = Task {
            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
            let error = CatalogError(.timeout, "the catalogue takes too long")
            if outage.hasAnswered(since: begun) {
                if isOld { return }
            } else {
                outage.failed(error)
            }
            result.yield(.failure(error))
        }
        defer { clock.cancel() }
        for await first in results { return try first.get() }
        throw CatalogError(.timeout, "the request was given up")
    }

    private func remember(_ value: Value?, _ key: Key, at moment: ContinuousClock.Instant) {
        entries.withLock { entries in
            if let known = entries[key], known.at > moment { return }
            // Of what was never there nothing is kept: anybody can ask for that.
            if value == nil, entries[key] == nil { return }
            if entries.count >= Self.countLimit, entries[key] == nil { entries = [:] }
            entries[key] = Entry(value: value, at: moment)
        }
    }

    private func remembered(_ key: Key) -> (value: Value, at: ContinuousClock.Instant)? {
        entries.withLock { entries in
            guard let entry = entries[key], let value = entry.value,
                .now - entry.at < Self.lifetime
            else { return nil }
            return (value, entry.at)
        }
    }
}
