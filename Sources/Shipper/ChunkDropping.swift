import Domain
import Files
import Spool

/// Gives up chunks that the disk has no room for, so that no loss is silent.
///
/// For each chunk, in this order (`DroppingStep`):
/// 1. mark: its journal, made durable, is renamed durably; from then on the chunk is never shipped;
/// 2. withdraw: lists and playlists have a gap in its place;
/// 3. delete: the media file and the seal are removed, durably;
/// 4. tell: the coordinator commits the gap and an event, unless it has the chunk's row already;
/// 5. forget: the mark is removed.
///
/// A start that finds a mark repeats steps 2 and 3 and goes on with step 4. The marked journal says
/// exactly which pictures are gone, so the gap is the same each time it is told.
struct ChunkDropping: Sendable {
    let index: SpoolIndex
    let registrar: any ChunkRegistering

    /// Steps 1 to 3. Blocks on the disk.
    ///
    /// - Returns: What was given up, also if step 3 failed: step 5 and the next start repeat that.
    /// - Throws: Before step 1 is done: the chunk is as it was.
    func giveUp(
        _ identity: ChunkIdentity
    ) throws(DroppingFailure) -> (drop: ChunkDrop?, failure: DroppingFailure?) {
        do throws(FileError) {
            try index.markDropped(identity)
        } catch {
            throw DroppingFailure(step: .mark, reason: "\(error)")
        }
        index.withdrawDropped(identity)
        let drop = index.drops().first { $0.identity == identity }
        do throws(FileError) {
            try index.deleteDropped(identity)
            return (drop, nil)
        } catch {
            return (drop, DroppingFailure(step: .delete, reason: "\(error)"))
        }
    }

    /// Step 4. Throws as `ChunkRegistering.report(_:)`.
    func tell(_ drops: [ChunkDrop]) async throws -> [DropVerdict] {
        let verdicts = try await registrar.report(drops)
        guard verdicts.count == drops.count else {
            throw DroppingFailure(
                step: .tell,
                reason: "\(verdicts.count) verdicts for \(drops.count) drops"
            )
        }
        return verdicts
    }

    /// Step 5. Blocks on the disk.
    func forget(_ identity: ChunkIdentity) throws(DroppingFailure) {
        do throws(FileError) {
            // Also after a step 3 that failed: no file stays behind without its mark.
            try index.deleteDropped(identity)
            try index.forgetDropped(identity)
        } catch {
            throw DroppingFailure(step: .forget, reason: "\(error)")
        }
    }
}
