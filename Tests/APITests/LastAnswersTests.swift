import Catalog
import Synchronization
import Testing

@testable import API

/// What the catalogue said last, while it does not answer.
struct LastAnswersTests {
    private let outage = CatalogOutage()

    private static func failing(
        _ code: CatalogError.Code
    ) -> @Sendable () async throws(CatalogError) -> Int? {
        { () async throws(CatalogError) in throw CatalogError(code, "no answer") }
    }

    private static func answering(
        _ value: Int?,
        after span: Duration = .zero
    ) -> @Sendable () async throws(CatalogError) -> Int? {
        { () async throws(CatalogError) in
            if span > .zero { try? await Task.sleep(for: span) }
            return value
        }
    }

    @Test func `in an outage the last answer counts, and who was never asked for gets the error`()
        async throws
    {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        #expect(try await answers.value("a", ask: Self.failing(.unavailable)) == 1)
        let error = await #expect(throws: CatalogError.self) {
            try await answers.value("b", ask: Self.failing(.unavailable))
        }
        #expect(error?.code == .unavailable)
        // It is not even asked for a while.
        let asked = Mutex(0)
        let counting: @Sendable () async throws(CatalogError) -> Int? = {
            () async throws(CatalogError) in
            asked.withLock { $0 += 1 }
            return 7
        }
        #expect(try await answers.value("a", ask: counting) == 1)
        #expect(asked.withLock { $0 } == 0)
        // Somebody who has to be asked for ends it.
        #expect(try await answers.value("b", ask: counting) == 7)
        #expect(try await answers.value("a", ask: counting) == 7)
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func `an error that is none of an outage is never hidden`() async throws {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        for code in [CatalogError.Code.forbidden, .damaged, .internal] {
            let error = await #expect(throws: CatalogError.self) {
                try await answers.value("a", ask: Self.failing(code))
            }
            #expect(error?.code == code)
        }
        #expect(!outage.isRecent)
    }

    @Test func `what is gone is forgotten`() async throws {
        let answers = LastAnswers<String, Int>(outage)
        for forgotten in [false, true] {
            #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
            if forgotten {
                answers.forget("a")
            } else {
                #expect(try await answers.value("a", ask: Self.answering(nil)) == nil)
            }
            await #expect(throws: CatalogError.self) {
                try await answers.value("a", ask: Self.failing(.unavailable))
            }
            outage.ended()
        }
    }

    @Test func `one slow answer is no outage, and counts for the next who asks`() async throws {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        let slow = Self.answering(2, after: .milliseconds(1_300))
        #expect(try await answers.value("a", ask: slow) == 1)
        #expect(!outage.isRecent)
        try await Task.sleep(for: .milliseconds(600))
        #expect(try await answers.value("a", ask: Self.failing(.unavailable)) == 2)
    }

    @Test func `a request that fails after it was given up counts once`() async throws {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        let hung: @Sendable () async throws(CatalogError) -> Int? = {
            () async throws(CatalogError) in
            try? await Task.sleep(for: .milliseconds(1_200))
            throw CatalogError(.timeout, "no answer")
        }
        #expect(try await answers.value("a", ask: hung) == 1)
        try await Task.sleep(for: .milliseconds(500))
        #expect(!outage.isRecent)
        #expect(try await answers.value("a", ask: hung) == 1)
        #expect(outage.isRecent)
    }

    @Test func `what was forgotten does not come back with an answer to an earlier question`()
        async throws
    {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        let slow = Self.answering(2, after: .milliseconds(1_300))
        #expect(try await answers.value("a", ask: slow) == 1)
        answers.forget("a")
        try await Task.sleep(for: .milliseconds(600))
        await #expect(throws: CatalogError.self) {
            try await answers.value("a", ask: Self.failing(.unavailable))
        }
    }

    @Test func `a late answer does not replace a later one`() async throws {
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        let slow = Self.answering(2, after: .milliseconds(1_300))
        #expect(try await answers.value("a", ask: slow) == 1)
        #expect(try await answers.value("a", ask: Self.answering(3)) == 3)
        try await Task.sleep(for: .milliseconds(600))
        #expect(try await answers.value("a", ask: Self.failing(.unavailable)) == 3)
    }

    @Test
    func `where the database answers others nothing is an outage, and what is old does not count`()
        async throws
    {
        let outage = CatalogOutage { .now }
        let young = LastAnswers<String, Int>(outage)
        let old = LastAnswers<String, Int>(outage, turnLifetime: .zero)
        for answers in [young, old] {
            #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        }
        for code in [CatalogError.Code.crowded, .timeout, .timeout, .unavailable] {
            #expect(try await young.value("a", ask: Self.failing(code)) == 1)
            let error = await #expect(throws: CatalogError.self) {
                try await old.value("a", ask: Self.failing(code))
            }
            #expect(error?.code == code)
            #expect(!outage.isRecent)
        }
        let slow = Self.answering(2, after: .milliseconds(1_300))
        #expect(try await young.value("a", ask: slow) == 1)
        // Nothing else will do, so it is waited for.
        #expect(try await old.value("a", ask: slow) == 2)
        #expect(!outage.isRecent)
    }

    @Test func `an organisation that waits for its own turn tells of no outage`() async throws {
        let outage = CatalogOutage()
        let answers = LastAnswers<String, Int>(outage)
        #expect(try await answers.value("a", ask: Self.answering(1)) == 1)
        for _ in 0..<3 {
            #expect(try await answers.value("a", ask: Self.failing(.crowded)) == 1)
        }
        #expect(!outage.isRecent)
    }
}
