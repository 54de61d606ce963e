internal import API
internal import Domain

/// What providers said, for some minutes: one question at a time for each, for however many wait.
///
/// A failure is remembered for seconds, so that a provider that is down is not asked by everybody who
/// tries to log in; so is that something was read again out of turn.
actor ProviderMemory<Value: Sendable> {
    /// Providers that are remembered; beyond it all are asked anew.
    static var countLimit: Int { 1_024 }
    /// For how long an answer is good, nanoseconds: as long a key that the provider took back is.
    static var lifetime: Int64 { 600_000_000_000 }
    /// For how long a failure is, nanoseconds.
    static var failureLifetime: Int64 { 5_000_000_000 }
    /// Between two readings out of turn, nanoseconds.
    static var renewalPause: Int64 { 10_000_000_000 }

    private struct Entry {
        var value: Value?
        var readAt: Int64 = .min
        var failure: ProviderError?
        var failedAt: Int64 = .min
        var renewedAt: Int64?
        var reading: Task<Result<Value, ProviderError>, Never>?
    }

    private let now: @Sendable () -> MonotonicTime
    private var entries: [ProviderReference: Entry] = [:]

    init(now: @escaping @Sendable () -> MonotonicTime) {
        self.now = now
    }

    /// What is remembered, or is read now.
    /// - Parameters:
    ///   - isRenewed: What is remembered will not do; it is read again unless that was just done.
    ///   - read: Asks the provider.
    func value(
        of provider: ProviderReference,
        isRenewed: Bool,
        _ read: @escaping @Sendable () async throws(ProviderError) -> Value
    ) async throws(ProviderError) -> Value {
        let moment = now().nanoseconds
        var entry = entries[provider] ?? Entry()
        if let value = entry.value, moment - entry.readAt < Self.lifetime {
            guard isRenewed else { return value }
            if let last = entry.renewedAt, moment - last < Self.renewalPause { return value }
        }
        if let failure = entry.failure, moment - entry.failedAt < Self.failureLifetime {
            throw failure
        }
        if isRenewed { entry.renewedAt = moment }
        let reading = entry.reading ?? begin(provider, read)
        entry.reading = reading
        if entries[provider] == nil, entries.count >= Self.countLimit { entries = [:] }
        entries[provider] = entry
        return try await reading.value.get()
    }

    /// Begins a reading, which outlives who asked first.
    private func begin(
        _ provider: ProviderReference,
        _ read: @escaping @Sendable () async throws(ProviderError) -> Value
    ) -> Task<Result<Value, ProviderError>, Never> {
        Task {
            let result: Result<Value, ProviderError>
            do throws(ProviderError) { result = .success(try await read()) } catch {
                result = .failure(error)
            }
            keep(result, of: provider)
            return result
        }
    }

    private func keep(_ result: Result<Value, ProviderError>, of provider: ProviderReference) {
        var entry = entries[provider] ?? Entry()
        entry.reading = nil
        switch result {
        case .success(let value):
            entry.value = value
            entry.readAt = now().nanoseconds
            entry.failure = nil
        case .failure(let failure):
            entry.failure = failure
            entry.failedAt = now().nanoseconds
        }
        entries[provider] = entry
    }
}
