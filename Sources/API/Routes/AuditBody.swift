internal import Catalog
internal import Domain

/// An entry of the audit log as the API shows it.
struct AuditBody: Encodable {
    var position: Int64
    var at: WallTime?
    var action: String
    /// As in the entry.
    var actor: JSONValue?
    /// Not a part of the entry: it can be forgotten.
    var actorEmail: String?
    var subject: JSONValue?
    var before: JSONValue?
    var after: JSONValue?
    var changedSecrets: JSONValue?
    var details: JSONValue?
    /// Lower-case hex.
    var hash: String
    /// The bytes that the hash is made of, after the hash before.
    var entry: String

    init(_ entry: AuditEntry) {
        let members = Self.members(entry.body)
        position = entry.position
        self.entry = entry.body
        hash = entry.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        actorEmail = entry.actorEmail
        if case .string(let text) = members["action"] { action = text } else { action = "" }
        if case .number(let text) = members["at"] {
            at = Int64(text).map { WallTime(microseconds: $0) }
        }
        actor = members["actor"]
        subject = members["subject"]
        before = members["before"]
        after = members["after"]
        changedSecrets = members["changed_secrets"]
        details = members["details"]
    }

    /// Empty for an entry that somebody wrote by hand and that is no JSON.
    private static func members(_ body: String) -> [String: JSONValue] {
        guard case .object(let members) = try? JSONParser.parse(Array(body.utf8)) else {
            return [:]
        }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }
}

extension JSONValue: Encodable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: Name.self)
            for member in members {
                try container.encode(member.value, forKey: Name(stringValue: member.name))
            }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
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
        }
    }
}
