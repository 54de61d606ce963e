internal import Catalog
package import Domain

/// The body of `POST /api/v1/holds`, checked.
package struct HoldRequest: Hashable, Sendable {
    package static let example =
        #"{"camera_id":"…","from":"2026-01-31T09:00:00Z","to":"2026-01-31T10:00:00Z","#
        + #""reason":"case 7"}"#
    private static let known = "camera_id, from, to, reason"
    private static let timeExample = "2026-01-31T09:00:00Z"
    /// Characters of a time or an identifier that is worth reading.
    private static let wordLimit = 64

    /// Nil: all cameras.
    package var camera: CameraID?
    package var from: WallTime
    package var to: WallTime
    package var reason: String

    /// Reads and checks a body; reports all wrong members at once.
    package init(body: [UInt8]) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        if let text = reader.text("camera_id", limit: Self.wordLimit, example: "(a camera's id)") {
            camera = CameraID(text)
            if camera == nil {
                reader.report("camera_id", "is no UUID", example: "(a camera's id)")
            }
        }
        from = Self.time("from", &reader)
        to = Self.time("to", &reader)
        reason = reader.requiredText("reason", limit: Hold.reasonLimit, example: "case 7")
        if reader.problems.isEmpty, from >= to {
            reader.report("to", "must be after from", example: Self.timeExample)
        }
        reader.reportUnknown(known: Self.known)
        try reader.finish()
    }

    private static func time(_ name: String, _ reader: inout BodyReader) -> WallTime {
        let before = reader.problems.count
        let text = reader.requiredText(name, limit: wordLimit, example: timeExample)
        guard reader.problems.count == before else { return WallTime(seconds: 0) }
        guard let time = WallTime(rfc3339: text), time >= TimeRange.earliest else {
            reader.report(
                name,
                "is not an RFC 3339 time with a zone, from the year 2000 on",
                example: timeExample
            )
            return WallTime(seconds: 0)
        }
        return time
    }
}
