/// The body of `POST /api/v1/sites` and `PATCH /api/v1/sites/{id}`, checked.
package struct SiteRequest: Hashable, Sendable {
    private static let example = #"{"name":"Head office","time_zone":"Europe/Berlin"}"#
    private static let nameLimit = 200
    private static let zoneLimit = 64
    static let zoneExample = "Europe/Berlin"

    /// Nil leaves it.
    package var name: String?
    package var timeZone: String?

    /// Reads and checks a body; reports all wrong members at once.
    /// - Parameter isNew: Whether there must be a name.
    package init(body: [UInt8], isNew: Bool) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        name = reader.text("name", limit: Self.nameLimit, example: "Head office")?.trimmed()
        if name?.isEmpty == true { reader.report("name", "is empty", example: "Head office") }
        timeZone = reader.text("time_zone", limit: Self.zoneLimit, example: Self.zoneExample)
        if name == nil, isNew || timeZone == nil, reader.problems.isEmpty {
            reader.report("name", "is missing", example: "Head office")
        }
        reader.reportUnknown(known: "name, time_zone")
        try reader.finish()
    }
}
