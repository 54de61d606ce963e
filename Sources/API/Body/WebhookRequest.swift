package import Domain

/// The body of `POST` and `PATCH /api/v1/webhooks…`, checked.
package struct WebhookRequest: Hashable, Sendable {
    package static let example =
        #"{"url":"https://example.com/hooks/sparc","events":["alert.opened"]}"#
    private static let known = "url, events, enabled"
    /// Entries of `events`; there are fewer kinds, and one may stand twice.
    private static let kindLimit = 32

    package var url: String?
    package var kinds: [EventKind]?
    package var isEnabled: Bool?

    /// Reads and checks a body; reports all wrong members at once.
    /// - Parameter isNew: Whether `url` must be there.
    package init(body: [UInt8], isNew: Bool, networks: AddressPolicy) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        let limit = WebhookURL.lengthLimit
        let text =
            isNew
            ? reader.requiredText("url", limit: limit, example: WebhookURL.example)
            : reader.text("url", limit: limit, example: WebhookURL.example)
        if let text, !text.isEmpty {
            do throws(WebhookURL.Refusal) {
                url = try WebhookURL(text, networks: networks).text
            } catch {
                reader.report("url", error.problem, example: WebhookURL.example)
            }
        }
        kinds = Self.kinds(&reader)
        isEnabled = reader.flag("enabled")
        reader.reportUnknown(known: Self.known)
        try reader.finish()
    }

    private static func kinds(_ reader: inout BodyReader) -> [EventKind]? {
        guard let value = reader.take("events") else { return nil }
        let words = EventKind.allCases.map(\.rawValue)
        let problem = "must be an array of: " + words.joined(separator: ", ")
        guard case .array(let values) = value, 1...kindLimit ~= values.count else {
            reader.report("events", problem, example: #"["alert.opened"]"#)
            return nil
        }
        var kinds: [EventKind] = []
        for value in values {
            guard case .string(let text) = value, let kind = EventKind(rawValue: text) else {
                reader.report("events", problem, example: #"["alert.opened"]"#)
                return nil
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}
