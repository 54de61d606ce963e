internal import Catalog
internal import Domain
internal import Synchronization

/// What the catalogue said last, for as long as it does not answer: who watches a camera goes on
/// watching while the database is away.
///
/// Every request asks the catalogue. Only where that fails, takes longer than `patience`, or has
/// failed a moment ago, the last answer counts, if it is not older than `lifetime`. What it would not know, such as a revocation,
/// cannot have been written anywhere meanwhile either.
final class LastAnswers<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How old an answer may be, microseconds: an outage of an hour.
    static var lifetime: Int64 { 3_600_000_000 }
    /// Keys that are remembered; beyond it all are forgotten.
    static var countLimit: Int { 20_000 }

    /// How long the catalogue has to answer where something is remembered: a player waits for it.
    static var patience: Duration { .seconds(1) }

    private struct Entry {
        var value: Value
        var at: WallTime
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let outage: CatalogOutage

    init(_ outage: CatalogOutage) {
        self.outage = outage
    }

    /// The catalogue's answer, or the last one.
    ///
    /// - Parameters:
    ///   - key: What is asked for.
    ///   - now: Wall time.
    ///   - ask: Asks the catalogue; nil is not remembered, and what was known before is forgotten.
    /// - Throws: What `ask` throws where nothing is remembered, and always what is not an outage.
    func value(
        _ key: Key,
        now: WallTime,
        ask: @escaping @Sendable () async throws(CatalogError) -> Value?
    ) async throws(CatalogError) -> Value? {
        let known = remembered(key, now)
        if known != nil, outage.isRecent(now) { return known }
        do {
            let answer = try await known == nil ? ask() : Self.asked(ask)
            outage.ended()
            entries.withLock { entries in
                if entries.count >= Self.countLimit, entries[key] == nil { entries = [:] }
                entries[key] = answer.map { Entry(value: $0, at: now) }
            }
            return answer
        } catch {
            guard error.isRetryable else { throw error }
            outage.began(now)
            guard let known else { throw error }
            return known
        }
    }

    /// Asks, and waits for the answer no longer than `patience`; then it is not taken any more.
    private static func asked(
        _ ask: @escaping @Sendable () async throws(CatalogError) -> Value?
    ) async throws(CatalogError) -> Value? {
        let (answers, answer) = AsyncStream.makeStream(
            of: Result<Value?, CatalogError>.self,
            bufferingPolicy: .bufferingOldest(1)
        )
        let asking = Task {
            do throws(CatalogError) {
                answer.yield(.success(try await ask()))
            } catch {
                answer.yield(.failure(error))
            }
        }
        let clock = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            answer.yield(.failure(CatalogError(.timeout, "the catalogue takes too long")))
        }
        defer {
            asking.cancel()
            clock.cancel()
        }
        for await first in answers { return try first.get() }
        throw CatalogError(.timeout, "the request was given up")
    }

    private func remembered(_ key: Key, _ now: WallTime) -> Value? {
        entries.withLock { entries in
            entries[key].flatMap { entry in
                now.microseconds - entry.at.microseconds < Self.lifetime ? entry.value : nil
            }
        }
    }
}
