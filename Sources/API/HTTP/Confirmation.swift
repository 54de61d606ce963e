internal import Catalog
internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// Password and code of who is logged in, asked for again before what a login is made with is changed.
/// Wrong ones count by person, whatever they were given for.
extension APIServices {
    /// What attempts are counted by.
    func confirmationKey(_ principal: Principal) -> String {
        "\(principal.tenant)\n\(principal.user)"
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
        let (key, began) = try beginConfirmation(principal)
        var isAnswered = false
        defer { if !isAnswered { confirmations.unchecked(key, began: began) } }
        guard let known = try await catalog.passwordHash(principal.tenant, principal.user) else {
            throw Problem.unauthorized
        }
        guard let isRight = await passwords.isRight(password, encoded: known) else {
            throw Problem.unavailable("Too many logins at once; try again in a second.")
        }
        guard isRight else {
            isAnswered = true
            throw Problem.invalid("password", "is wrong", example: "…")
        }
        var proof = FactorProof.none
        if let code {
            let factor = try await catalog.secondFactor(principal.tenant, principal.user)
            guard let factor, factor.confirmedAt != nil else { throw Self.withoutFactor }
            let found = try await SecondFactorSeeds.proof(
                code,
                sealed: factor.sealedSeed,
                lastStep: factor.lastStep,
                principal.tenant,
                principal.user,
                in: envelope,
                now: began
            )
            guard let found else {
                isAnswered = true
                throw Self.wrongCode
            }
            proof = found
        }
        guard let value = try await body(known, proof) else {
            isAnswered = true
            throw Self.wrongCode
        }
        isAnswered = true
        confirmations.succeeded(key)
        return value
    }

    /// Counts an attempt; nil if it was wrong.
    func guessed<Value>(
        _ principal: Principal,
        _ body: (_ now: WallTime) async throws -> Value?
    ) async throws -> Value? {
        let (key, began) = try beginConfirmation(principal)
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
        _ principal: Principal
    ) throws(Problem) -> (key: String, began: WallTime) {
        let key = confirmationKey(principal)
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
