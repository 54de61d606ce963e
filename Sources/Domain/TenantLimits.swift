/// How many things an organisation may have; nil: as many as anybody.
package struct TenantLimits: Sendable, Hashable {
    /// The largest limit that can be set: more than any organisation has.
    package static let range = 0...1_000_000

    package var doors: Int?
    package var cameras: Int?
    package var users: Int?

    package init(doors: Int? = nil, cameras: Int? = nil, users: Int? = nil) {
        self.doors = doors
        self.cameras = cameras
        self.users = users
    }
}
