package import Domain

/// What a person has shown of a second factor, to be used up in the transaction of what it is shown
/// for.
package enum FactorProof: Hashable, Sendable {
    /// Nothing: there is no second factor.
    case none
    /// A code of the step, by the seed of the enrolment that was begun then: that may be sealed anew
    /// meanwhile.
    case step(Int64, begunAt: WallTime)
    /// A recovery code with this hash.
    case recovery(hash: [UInt8])
}
