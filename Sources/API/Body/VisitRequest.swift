internal import Catalog
package import Identity

/// The body that begins a visit to a client, checked.
package struct VisitRequest: Hashable, Sendable {
    private static let example = #"{"reason":"Ticket 4711: gate does not open","minutes":60}"#
    /// Minutes unless asked otherwise.
    private static let defaultMinutes = 60

    package var reason: String
    package var role: Role
    package var minutes: Int

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        reason = reader.requiredText(
            "reason",
            limit: ReasonRequest.limit,
            example: "Ticket 4711"
        ).trimmed()
        if reader.problems.isEmpty, reason.isEmpty {
            reader.report("reason", "is empty", example: "Ticket 4711")
        }
        role = RoleName(&reader)?.role ?? .administrator
        if [.owner, .own, .member].contains(role) {
            reader.report(
                "role",
                "must be a built-in role other than owner and member",
                example: "administrator"
            )
        }
        minutes =
            reader.integer("minutes", Visit.minutes, example: "60") ?? Self.defaultMinutes
        reader.reportUnknown(known: "reason, role, minutes")
        try reader.finish()
    }
}
