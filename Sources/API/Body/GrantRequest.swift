package import Catalog
internal import Domain
internal import Identity

/// The body that gives a person a role at a site or camera, checked.
package struct GrantRequest: Hashable, Sendable {
    private static let example =
        #"{"role":"viewer","camera_id":"0190c3a1-5a2f-7c3e-9b4d-1f2e3d4c5b6a"}"#

    package var role: RoleName
    package var scope: RoleGrant.Scope

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        let role = RoleName.required(&reader)
        if role?.role == .owner || role?.role == .member {
            reader.report("role", "counts in the whole organisation only", example: "viewer")
        }
        let site = Self.id("site_id", &reader).flatMap { SiteID($0) }
        let camera = Self.id("camera_id", &reader).flatMap { CameraID($0) }
        if (site == nil) == (camera == nil), reader.problems.isEmpty {
            reader.report(
                "camera_id",
                "or site_id must be there, and not both",
                example: "0190c3a1-5a2f-7c3e-9b4d-1f2e3d4c5b6a"
            )
        }
        reader.reportUnknown(known: "role, site_id, camera_id")
        try reader.finish()
        let scope = site.map { RoleGrant.Scope.site($0) } ?? camera.map { .camera($0) }
        guard let role, let scope else { throw Problem.invalid([]) }
        self.role = role
        self.scope = scope
    }

    /// The text of an id; nil if absent or wrong.
    private static func id(_ name: String, _ reader: inout BodyReader) -> String? {
        let example = "0190c3a1-5a2f-7c3e-9b4d-1f2e3d4c5b6a"
        guard let text = reader.text(name, limit: 36, example: example) else { return nil }
        guard SiteID(text) != nil else {
            reader.report(name, "is not a UUID", example: example)
            return nil
        }
        return text
    }
}
