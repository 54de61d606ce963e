package import Catalog
internal import Domain

/// The body of `PUT /api/v1/retention`, or the query of its preview, checked.
package struct RetentionRequest: Hashable, Sendable {
    package static let example = #"{"scope":"camera","id":"…","days":30}"#
    private static let known = "scope, id, days"
    private static let wordLimit = 64

    /// Whose rule it is.
    package enum Scope: String, CaseIterable, Sendable {
        case tenant
        case site
        case camera
    }

    package var scope: RetentionChange.Scope
    /// Nil: as the next wider scope says.
    package var days: Int?

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        let scope = reader.choice("scope", of: Scope.self)
        if scope == nil, reader.problems.isEmpty {
            reader.report("scope", "is missing", example: "camera")
        }
        let id = reader.text("id", limit: Self.wordLimit, example: "(an id)")
        reader.dropNull("days")
        days = reader.integer("days", NewCamera.retentionRange, example: "30")
        self.scope = .tenant
        if let scope {
            if let found = Self.scope(scope, id) {
                self.scope = found
            } else {
                reader.report("id", Self.idProblem(scope), example: "(an id)")
            }
            if scope == .tenant, days == nil, reader.problems.isEmpty {
                reader.report("days", "is missing: an organisation must have a rule", example: "30")
            }
        }
        reader.reportUnknown(known: Self.known)
        try reader.finish()
    }

    /// Nil if the query names no change.
    package init?(_ query: Query) throws(Problem) {
        guard query["scope"] != nil else {
            for name in ["id", "days"] where query[name] != nil {
                throw Problem.invalid("scope", "is missing", example: "scope=camera")
            }
            return nil
        }
        let scope = try query.choice("scope", default: Scope.camera)
        guard let found = Self.scope(scope, query["id"]) else {
            throw Problem.invalid("id", Self.idProblem(scope), example: "id=(an id)")
        }
        self.scope = found
        days =
            query["days"] == nil
            ? nil : try query.integer("days", NewCamera.retentionRange, default: 30)
        if scope == .tenant, days == nil {
            throw Problem.invalid("days", "is missing", example: "days=30")
        }
    }

    private static func scope(_ scope: Scope, _ id: String?) -> RetentionChange.Scope? {
        switch scope {
        case .tenant: id == nil ? .tenant : nil
        case .site: id.flatMap { SiteID($0) }.map { .site($0) }
        case .camera: id.flatMap { CameraID($0) }.map { .camera($0) }
        }
    }

    private static func idProblem(_ scope: Scope) -> String {
        scope == .tenant ? "is not for the scope tenant" : "must be the UUID of a \(scope.rawValue)"
    }
}
