import API
import Domain

/// The part of JSON Schema that the description uses; a keyword it does not know is an error, so
/// that nothing is taken for checked that is not.
struct SchemaValidator {
    private static let known: Set<String> = [
        "$ref", "type", "properties", "required", "additionalProperties", "items", "enum",
        "format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
        "pattern", "description", "default", "writeOnly", "examples",
    ]

    let specification: Specification

    func check(_ value: JSONValue, _ given: [String: Any], at path: String) -> [String] {
        let schema = specification.resolve(given)
        let strange = schema.keys.filter { !Self.known.contains($0) }
        guard strange.isEmpty else { return ["\(path): unknown keywords \(strange)"] }
        var wrong: [String] = []
        if let type = schema["type"] as? String, !Self.isOf(type, value) {
            return ["\(path): is not \(type)"]
        }
        if let words = schema["enum"] as? [Any] {
            let texts = words.map { "\($0)" }
            if case .string(let text) = value, texts.contains(text) {
            } else {
                wrong.append("\(path): is none of \(texts)")
            }
        }
        switch value {
        case .object(let members): wrong += check(members, schema, at: path)
        case .array(let values):
            let items = schema["items"] as? [String: Any] ?? [:]
            for (index, value) in values.enumerated() {
                wrong += check(value, items, at: "\(path)[\(index)]")
            }
        case .string(let text): wrong += check(text, schema, at: path)
        case .number(let text):
            let number = Double(text) ?? .nan
            if let least = Self.number(schema["minimum"]), !(number >= least) {
                wrong.append("\(path): below \(least)")
            }
            if let most = Self.number(schema["maximum"]), !(number <= most) {
                wrong.append("\(path): above \(most)")
            }
        case .bool, .null: break
        }
        return wrong
    }

    private func check(
        _ members: [JSONValue.Member],
        _ schema: [String: Any],
        at path: String
    ) -> [String] {
        let properties = schema["properties"] as? [String: Any] ?? [:]
        var wrong: [String] = []
        for name in schema["required"] as? [String] ?? []
        where !members.contains(where: { $0.name == name }) {
            wrong.append("\(path): \(name) is missing")
        }
        for member in members {
            if let property = properties[member.name] as? [String: Any] {
                wrong += check(member.value, property, at: "\(path).\(member.name)")
            } else if schema["additionalProperties"] as? Bool == false {
                wrong.append("\(path): \(member.name) is not described")
            }
        }
        return wrong
    }

    private func check(_ text: String, _ schema: [String: Any], at path: String) -> [String] {
        switch schema["format"] as? String {
        case "uuid": CameraID(text) == nil ? ["\(path): no UUID"] : []
        case "date-time":
            WallTime(rfc3339: text) == nil || !text.hasSuffix("Z") ? ["\(path): no UTC time"] : []
        case "binary", nil: []
        case let other?: ["\(path): unknown format \(other)"]
        }
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
            ("number", .number), ("null", .null):
            true
        case ("integer", .number(let text)): Int(text) != nil
        default: false
        }
    }

    private static func number(_ value: Any?) -> Double? {
        (value as? Double) ?? (value as? Int).map { Double($0) }
    }
}
