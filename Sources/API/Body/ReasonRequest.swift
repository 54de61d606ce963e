/// A body with the reason of something that others see, checked.
package struct ReasonRequest: Hashable, Sendable {
    /// Characters of a reason.
    package static let limit = 500

    package var reason: String

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8], example: String) throws(Problem) {
        var reader = try BodyReader(body: body, example: "{\"reason\":\"\(example)\"}")
        reason = reader.requiredText("reason", limit: Self.limit, example: example).trimmed()
        if reader.problems.isEmpty, reason.isEmpty {
            reader.report("reason", "is empty", example: example)
        }
        reader.reportUnknown(known: "reason")
        try reader.finish()
    }
}
