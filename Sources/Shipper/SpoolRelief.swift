import Domain
import Files
import Spool

/// Makes room in the spool: step 4 of shipping, and steps 1 to 3 of dropping where the disk leaves
/// no choice. Blocks on the disk.
struct SpoolRelief: Sendable {
    /// What one look led to.
    struct Outcome: Sendable {
        var freed = 0
        var freeingFailures: [(identity: ChunkIdentity, error: FileError)] = []
        /// Chunks that no step of shipping may begin with until this is settled.
        var claimed: [ChunkIdentity] = []
        var dropped: [ChunkDrop] = []
        var droppingFailures: [(identity: ChunkIdentity, failure: DroppingFailure)] = []
        /// Nil if the disk did not say how much room it has.
        var plan: SpoolQuota.Plan?
        var spaceFailure: String?
    }

    let index: SpoolIndex
    let quota: SpoolQuota
    let space: @Sendable () throws -> FileSystemSpace
    let dropping: ChunkDropping

    /// One look.
    ///
    /// - Parameters:
    ///   - limit: Chunks that were registered before it are freed in any case.
    ///   - isBusy: Whether a chunk is in the middle of a step of shipping.
    ///   - claim: Keeps shipping from chunks; gives back those that it could.
    func run(
        registeredBefore limit: MonotonicTime,
        isBusy: (ChunkIdentity) -> Bool,
        claim: ([ChunkIdentity]) -> [ChunkIdentity]
    ) -> Outcome {
        var outcome = Outcome()
        let old = index.free(registeredBefore: limit)
        outcome.freed = old.count
        outcome.freeingFailures = old.failures
        let room: FileSystemSpace
        do { room = try space() } catch {
            outcome.spaceFailure = "\(error)"
            return outcome
        }
        let items = index.quotaItems().map { item in
            var item = item
            if item.standing == .unshipped, isBusy(item.identity) { item.standing = .kept }
            return item
        }
        let plan = quota.plan(items, space: room)
        let copies = index.free(plan.freed)
        outcome.freed += copies.count
        outcome.freeingFailures += copies.failures
        outcome.claimed = plan.dropped.isEmpty ? [] : claim(plan.dropped)
        for identity in outcome.claimed {
            do throws(DroppingFailure) {
                let (drop, failure) = try dropping.giveUp(identity)
                if let drop { outcome.dropped.append(drop) }
                if let failure { outcome.droppingFailures.append((identity, failure)) }
            } catch {
                outcome.droppingFailures.append((identity, error))
            }
        }
        outcome.plan = plan
        return outcome
    }
}
