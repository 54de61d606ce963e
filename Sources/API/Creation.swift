internal import Catalog
internal import Domain
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// One request that makes something: done once for its `Idempotency-Key`, if it has one
/// (`Catalog+Idempotency.swift` has the steps).
struct Creation {
    static let header = HTTPField.Name("Idempotency-Key")

    private let services: APIServices
    private let request: IdempotentRequest?

    /// Checks the key of a request. Throws a problem for one that cannot be read.
    /// - Parameters:
    ///   - principal: Who asks, with the right to: an answer is repeated to nobody else.
    ///   - body: All of the body; empty without one.
    init(
        _ services: APIServices,
        _ request: Request,
        _ principal: Principal,
        body: [UInt8] = []
    ) throws(Problem) {
        self.services = services
        guard let key = try Self.key(request.headers) else {
            self.request = nil
            return
        }
        self.request = IdempotentRequest(
            tenant: principal.tenant,
            user: principal.home == nil ? principal.user : nil,
            // A key of the user's has answers of its own.
            principal: principal.scope == nil ? "\(principal.user)" : "key/\(principal.session)",
            key: key,
            fingerprint: Self.fingerprint(request, body, services.keys)
        )
    }

    /// The key of a request; nil without one.
    static func key(_ headers: HTTPFields) throws(Problem) -> String? {
        guard let header, let key = headers[header] else { return nil }
        guard !key.isEmpty, key.utf8.count <= IdempotentRequest.keyLimit,
            key.utf8.allSatisfy({ 33...126 ~= $0 })
        else {
            throw Problem.invalid(
                "Idempotency-Key",
                "must have 1 to \(IdempotentRequest.keyLimit) printable ASCII characters",
                example: "0b7e4d1c-6f0a-4d39-9d0e-2f6d3f1c5a77"
            )
        }
        return key
    }

    /// Keyed, so that nobody who reads the table can try bodies.
    private static func fingerprint(
        _ request: Request,
        _ body: [UInt8],
        _ keys: KeyRing
    ) -> [UInt8] {
        let path = Base64.urlEncoded(Array(request.uri.description.utf8))
        let text = "\(request.method.rawValue)/\(path)/\(Base64.urlEncoded(body))"
        return keys.derive(KeyPurpose("idempotency-fingerprint/1/\(text)"))
    }

    /// Makes it, or answers what was answered before.
    /// - Parameters:
    ///   - answer: To what `change` gives. A problem means that nothing was changed.
    ///   - change: One changing call of the catalogue that it gets, which gives just that.
    func run<Made: Sendable>(
        _ answer: @escaping @Sendable (Made) throws -> KeptAnswer,
        _ change: (Catalog) async throws -> Made
    ) async throws -> Response {
        guard let request else {
            return try answer(try await change(services.catalog)).response
        }
        let key = SealingKey.ofAllTenants(services.keys)
        let recorder = AnswerRecorder(request) { (made: Made) in
            // A problem means that nothing was changed.
            guard let kept = try? answer(made) else { return nil }
            let plain = Array(try JSONEncoder().encode(kept))
            return try key.seal(plain, for: Self.place(request))
        }
        switch try await claim(recorder) {
        case .begin: break
        case .answer(let sealed): return try open(sealed, request).response
        case .reused: throw Self.reused
        case .inFlight: throw Self.inFlight
        }
        let made: Made
        do {
            made = try await change(services.catalog.recording(recorder))
        } catch {
            try? await services.catalog.release(recorder)
            throw error
        }
        do {
            return try answer(made).response
        } catch {
            try? await services.catalog.release(recorder)
            throw error
        }
    }

    private func claim(_ recorder: AnswerRecorder) async throws -> IdempotencyDecision {
        do throws(CatalogError) {
            return try await services.catalog.claim(recorder)
        } catch {
            guard error.code == .conflict else { throw error }
            throw Problem(
                .tooManyRequests,
                "There are at most \(IdempotentRequest.countLimit) idempotency keys in a day.",
                headers: [.retryAfter: "3600"]
            )
        }
    }

    /// Answers are kept for a day under a key of the master key's, which no rotation of data keys
    /// takes away: they are sealed in the middle of a transaction.
    private func open(_ sealed: [UInt8], _ request: IdempotentRequest) throws -> KeptAnswer {
        let key = SealingKey.ofAllTenants(services.keys)
        guard let plain = try? key.open(sealed, for: Self.place(request)) else {
            throw Problem(
                .notPossible,
                "It was made, and its answer was kept under another master key: read what is there."
            )
        }
        return try JSONDecoder().decode(KeptAnswer.self, from: Data(plain))
    }

    private static func place(_ request: IdempotentRequest) -> EnvelopeContext {
        EnvelopeContext(
            purpose: "idempotency.answer",
            tenant: request.tenant,
            row: "\(request.principal)/\(request.key)"
        )
    }

    private static let reused = Problem(
        .keyReused,
        "Nothing was changed. Use a new Idempotency-Key for a new request.",
        errors: [
            FieldProblem(
                "Idempotency-Key",
                "was used for another request",
                example: "0b7e4d1c-6f0a-4d39-9d0e-2f6d3f1c5a77"
            )
        ]
    )

    private static let inFlight = Problem(
        .notPossible,
        "The first request with this Idempotency-Key is still being done; ask again.",
        headers: [.retryAfter: "1"]
    )
}
