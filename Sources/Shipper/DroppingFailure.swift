/// Why a step of giving up a chunk did not succeed.
struct DroppingFailure: Error, Sendable {
    let step: DroppingStep
    let reason: String
}
