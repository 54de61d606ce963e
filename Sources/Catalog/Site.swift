package import Domain

/// A place with doors and cameras.
package struct Site: Hashable, Sendable {
    package var id: SiteID
    package var name: String
    /// A name of the IANA database, such as `Europe/Berlin`.
    package var timeZone: String
    package var createdAt: WallTime
}
