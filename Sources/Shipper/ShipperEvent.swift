package import Domain

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
}
