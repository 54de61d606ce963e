package import Domain

/// Where somebody may do one thing: everywhere in the organisation, or at some sites and cameras.
package struct Reach: Hashable, Sendable {
    package var isEverywhere: Bool
    package var sites: Set<SiteID>
    package var cameras: Set<CameraID>

    package static let everywhere = Reach(isEverywhere: true)

    package init(
        isEverywhere: Bool = false,
        sites: Set<SiteID> = [],
        cameras: Set<CameraID> = []
    ) {
        self.isEverywhere = isEverywhere
        self.sites = sites
        self.cameras = cameras
    }

    package var isNowhere: Bool {
        !isEverywhere && sites.isEmpty && cameras.isEmpty
    }

    /// Whether a camera is in it.
    /// - Parameter site: The site that the camera belongs to, if any.
    package func contains(_ camera: CameraID, at site: SiteID?) -> Bool {
        isEverywhere || cameras.contains(camera) || contains(site)
    }

    /// Whether all of a site is in it; what belongs to no site is only everywhere.
    package func contains(_ site: SiteID?) -> Bool {
        isEverywhere || (site.map { sites.contains($0) } ?? false)
    }
}
