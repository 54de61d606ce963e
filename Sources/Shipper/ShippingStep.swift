/// The steps of shipping a chunk, in order; each may be repeated after a crash. The numbers are
/// those in the comments of `Shipper`.
package enum ShippingStep: Int, Sendable, Hashable, CaseIterable {
    /// Fix bounds, length and SHA-256 durably: every later try sends these bytes under this name.
    case seal = 1
    /// Put the file, its tags and its description into the store, create-once.
    case put = 2
    /// Ask the coordinator to commit the row.
    case offer = 3
    /// Remove the file, once it is registered and no player can still be reading it.
    case free = 4

    /// The word for logs and metrics.
    package var name: String {
        switch self {
        case .seal: "seal"
        case .put: "put"
        case .offer: "offer"
        case .free: "free"
        }
    }
}
