internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// Password and code of who is logged in, asked for again before what a login is made with is changed.
/// Wrong ones count by person, whatever they were given for; passwords and codes each for themselves,
/// so that a right password forgets no wrong code.
extension APIServices {
    /// What is tried.
    enum ConfirmedBy: String {
        case password
        case code
    }

    /// What attempts are counted by.
    func confirmationKey(_ principal: Principal, _ what: ConfirmedBy) -> String {
        "\(principal.tenant)\n\(principal.user)\n\(what.rawValue)"
    }

    /// Runs a change with the hash of the password that was right, and with what the code proves.
    /// - Parameters:
    ///   - code: Nil: none is asked for, and the proof is `none`.
    ///   - body: Nil: the code was used already, or something was changed meanwhile.
    func confirmed<Value>(
        _ principal: Principal,
        password: String,
        code: String?,
        _ body: (_ known: String, _ proof: FactorProof) async throws -> Value?
    ) async throws -> Value {
        let known = try await confirmedPassword(principal, password)
        guard let code else {
            guard let value = try await body(known, .none) else { throw Self.wrongCode }
            return value
        }
        let value = try await guessed(principal) { now in
            let factor = try await catalog.secondFactor(principal.tenant, principal.user)
            guard let factor, factor.confirmedAt != nil else { throw Self.withoutFactor }
            let proof = try await SecondFactorSeeds.proof(
                code,
                sealed: factor.sealedSeed,
                begunAt: factor.begunAt,
                lastStep: factor.lastStep,
                principal.tenant,
                principal.user,
                in: envelope,
                now: now
            )
            guard let proof else { return nil as Value? }
            return try await body(known, proof)
        }
        guard let value else { throw Self.wrongCode }
        return value
    }

    /// The hash of the person's password, which is the one that was given.
    private func confirmedPassword(
        _ principal: Principal,
        _ password: String
    ) async throws -> String {
        let (key, began) = try beginConfirmation(principal, .password)
        var isAnswered = false
        defer { if !isAnswered { confirmations.unchecked(key, began: began) } }
        guard let known = try await catalog.passwordHash(principal.tenant, principal.user) else {
            throw Problem.unauthorized
        }
        let answer = await passwords.isRight(password, encoded: known, of: principal.tenant)
        guard let isRight = answer else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        isAnswered = true
        guard isRight else {
            throw Problem.invalid("password", "is wrong", example: "…")
        }
        confirmations.succeeded(key)
        return known
    }

    /// Counts an attempt with a code; nil if it was wrong.
    func guessed<Value>(
        _ principal: Principal,
        _ body: (_ now: WallTime) async throws -> Value?
    ) async throws -> Value? {
        let (key, began) = try beginConfirmation(principal, .code)
        let value: Value?
        do {
            value = try await body(began)
        } catch {
            confirmations.unchecked(key, began: began)
            throw error
        }
        if value != nil { confirmations.succeeded(key) }
        return value
    }

    private func beginConfirmation(
        _ principal: Principal,
        _ what: ConfirmedBy
    ) throws(Problem) -> (key: String, began: WallTime) {
        let key = confirmationKey(principal, what)
        let began = now()
        if let wait = confirmations.begin(key, now: began) {
            throw Problem(
                .tooManyRequests,
                "Too many wrong passwords and codes; wait \(wait) s.",
                headers: [.retryAfter: String(wait)]
            )
        }
        return (key, began)
    }

    private static let withoutFactor = Problem(.notPossible, "You have no second factor.")

    private static let wrongCode = Problem.invalid(
        "code",
        "is wrong, too old or was used",
        example: "123456"
    )
}
