/// How a rebuild ended well.
package enum RebuildOutcome: Hashable, Sendable {
    case done(RebuildReport)
    /// Nothing was done: the bucket looks like another installation's.
    case foreign(RebuildPlan)
}
