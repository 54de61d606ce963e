internal import Database
package import Domain
internal import FoundationEssentials

/// The claim of one request on its idempotency key, and how its answer is kept: by the transaction
/// that makes the change.
package struct AnswerRecorder: Sendable {
    package let request: IdempotentRequest
    /// Tells this request from another one with the same key.
    let claim: UUID
    /// The sealed answer to what a transaction gave; nil if that changed nothing.
    let answer: @Sendable (any Sendable) throws(DatabaseError) -> [UInt8]?

    /// - Parameter answer: The sealed answer to what the transaction gives, which must be `Made`;
    ///   nil if that changed nothing. An error fails the transaction.
    package init<Made: Sendable>(
        _ request: IdempotentRequest,
        _ answer: @escaping @Sendable (Made) throws -> [UInt8]?
    ) {
        self.request = request
        claim = UUID()
        self.answer = { value throws(DatabaseError) in
            // A change whose answer is not kept would be made twice: an error in the program.
            guard let made = value as? Made else {
                throw DatabaseError(
                    .decoding,
                    "the change gave something else than its answer needs"
                )
            }
            do {
                return try answer(made)
            } catch {
                throw DatabaseError(.decoding, "the answer cannot be kept")
            }
        }
    }
}
