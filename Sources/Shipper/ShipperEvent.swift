package import Domain
package import Spool

/// What the shipper tells its worker, for logs, metrics and alarms.
package enum ShipperEvent: Sendable {
    /// Steps 1 to 3 are done.
    case shipped(ChunkIdentity, bytes: Int)
    /// A step failed and is tried again later.
    case failed(ChunkIdentity, step: ShippingStep, reason: String)
    /// An alarm. Not tried again by this process, or only after `ShipperSettings.rejectionPause`:
    /// the bytes stay in the spool for a person to look at.
    case refused(ChunkIdentity, step: ShippingStep, reason: String)
    /// Step 4 is done for this many chunks.
    case freed(count: Int)
    /// Footage is lost: steps 1 to 3 of dropping are done.
    case dropped(ChunkDrop)
    /// A step of dropping failed and is tried again later.
    case droppingFailed(ChunkIdentity, step: DroppingStep, reason: String)
    /// Step 4 of dropping has its answer.
    case dropAnswered(ChunkIdentity, DropVerdict)
    /// The disk does not say how much room it has: nothing is given up.
    case spaceUnknown(reason: String)
    /// One look at the spool, after what had to go is gone.
    case spool(SpoolStatus)
}
