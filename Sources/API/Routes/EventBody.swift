internal import Domain
internal import FoundationEssentials

/// An event as responses show it; `data` is the object that webhooks get.
struct EventBody: Encodable {
    var id: EventID
    var type: EventKind
    var timestamp: WallTime
    var cameraId: CameraID?
    var alertId: AlertID?
    var data: EventData

    init(_ event: Event) {
        id = event.id
        type = event.kind
        timestamp = event.at
        cameraId = event.camera
        alertId = event.alert
        data = EventData(event.data)
    }
}

/// Stored JSON within a response.
struct EventData: Encodable {
    private let value: JSONValue

    /// What does not parse, which the catalogue never holds, is an empty object.
    init(_ text: String) {
        value = (try? JSONParser.parse(Array(text.utf8))) ?? .object([])
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) {
            stringValue = name
        }

        init?(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for member in members {
                try container.encode(EventData(member.value), forKey: Name(member.name))
            }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(EventData(value)) }
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .number(let text):
            var container = encoder.singleValueContainer()
            if let whole = Int64(text) {
                try container.encode(whole)
            } else {
                try container.encode(Double(text) ?? 0)
            }
        case .bool(let flag):
            var container = encoder.singleValueContainer()
            try container.encode(flag)
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }

    private init(_ value: JSONValue) {
        self.value = value
    }
}
