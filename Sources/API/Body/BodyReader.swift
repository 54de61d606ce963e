/// Reads the members of one JSON object and collects everything that is wrong with them, so that
/// one answer names all.
package struct BodyReader {
    /// Prefix of the field names, such as `streams[1].`.
    private let path: String
    private var rest: [JSONValue.Member]
    package private(set) var problems: [FieldProblem] = []

    init(_ members: [JSONValue.Member], path: String = "") {
        rest = members
        self.path = path
    }

    /// Reads a body that must be one object.
    package init(body: [UInt8], example: String) throws(Problem) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(body)
        } catch {
            throw Problem.invalid(
                "body",
                "is not JSON at byte \(error.position): \(error.message)",
                example: example
            )
        }
        guard case .object(let members) = value else {
            throw Problem.invalid(
                "body",
                "must be an object, not \(value.kind)",
                example: example
            )
        }
        self.init(members)
    }

    /// Notes a problem of a member.
    package mutating func report(_ name: String, _ problem: String, example: String) {
        problems.append(FieldProblem(path + name, problem, example: example))
    }

    /// Takes over what another reader found.
    package mutating func adopt(_ other: [FieldProblem]) {
        problems += other
    }

    /// Removes a member; nil if it is not there. Null is no value of any member: in a change it could
    /// mean "leave it" as well as "remove it", so it is refused.
    package mutating func take(_ name: String) -> JSONValue? {
        guard let index = rest.firstIndex(where: { $0.name == name }) else { return nil }
        let value = rest.remove(at: index).value
        guard value != .null else {
            report(name, "is null; leave it out instead", example: "(no \(name))")
            return nil
        }
        return value
    }

    /// Removes a member that is null, where that says that something is to be removed.
    /// - Returns: False if it is there with a value, or not at all.
    package mutating func takeNull(_ name: String) -> Bool {
        guard let index = rest.firstIndex(where: { $0.name == name && $0.value == .null }) else {
            return false
        }
        rest.remove(at: index)
        return true
    }

    /// Removes a member that is null, where that says the same as no member.
    package mutating func dropNull(_ name: String) {
        rest.removeAll { $0.name == name && $0.value == .null }
    }

    /// A string of 1 to `limit` characters without control characters; nil if absent or wrong.
    package mutating func text(_ name: String, limit: Int, example: String) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else {
            report(name, "must be a string, not \(value.kind)", example: example)
            return nil
        }
        guard !text.isEmpty else {
            report(name, "is empty", example: example)
            return nil
        }
        guard text.count <= limit, text.utf8.count <= limit * 4 else {
            report(name, "is longer than \(limit) characters", example: example)
            return nil
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            report(name, "has control characters", example: example)
            return nil
        }
        return text
    }

    /// As `text`, and reports a member that is not there.
    package mutating func requiredText(_ name: String, limit: Int, example: String) -> String {
        let before = problems.count
        if let text = text(name, limit: limit, example: example) { return text }
        if problems.count == before { report(name, "is missing", example: example) }
        return ""
    }

    /// A whole number in a range; nil if absent or wrong.
    package mutating func integer(
        _ name: String,
        _ range: ClosedRange<Int>,
        example: String
    ) -> Int? {
        guard let value = take(name) else { return nil }
        guard case .number(let text) = value, let number = Self.whole(text), range.contains(number)
        else {
            report(
                name,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                example: example
            )
            return nil
        }
        return number
    }

    /// A number without a fraction, however it is written: for JSON 1.0 and 1e0 are 1.
    private static func whole(_ text: String) -> Int? {
        Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// True or false; nil if absent or wrong.
    package mutating func flag(_ name: String) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let flag) = value else {
            report(name, "must be true or false, not \(value.kind)", example: "true")
            return nil
        }
        return flag
    }

    /// One of a few words; nil if absent or wrong.
    package mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Value.Type
    ) -> Value? where Value.RawValue == String {
        guard let value = take(name) else { return nil }
        let words = type.allCases.map(\.rawValue)
        guard case .string(let text) = value, let choice = Value(rawValue: text) else {
            report(
                name,
                "must be one of: " + words.joined(separator: ", "),
                example: words.first ?? ""
            )
            return nil
        }
        return choice
    }

    /// An object; nil if absent or wrong. What is wrong in it is taken over by `adopt`.
    package mutating func object(_ name: String, example: String) -> BodyReader? {
        guard let value = take(name) else { return nil }
        guard case .object(let members) = value else {
            report(name, "must be an object, not \(value.kind)", example: example)
            return nil
        }
        return BodyReader(members, path: "\(path)\(name).")
    }

    /// Objects in an array; nil if absent or wrong.
    package mutating func objects(_ name: String, limit: Int, example: String) -> [BodyReader]? {
        guard let value = take(name) else { return nil }
        guard case .array(let values) = value, !values.isEmpty, values.count <= limit else {
            report(name, "must be an array of 1 to \(limit) objects", example: example)
            return nil
        }
        var readers: [BodyReader] = []
        for (index, value) in values.enumerated() {
            guard case .object(let members) = value else {
                report(
                    "\(name)[\(index)]",
                    "must be an object, not \(value.kind)",
                    example: example
                )
                continue
            }
            readers.append(BodyReader(members, path: "\(path)\(name)[\(index)]."))
        }
        return readers
    }

    /// Reports every member that nobody asked for: a misspelt one is not silently ignored.
    package mutating func reportUnknown(known: String) {
        for member in rest {
            let name = String(member.name.prefix(64))
            report(name, "is not a member of this object", example: "one of: \(known)")
        }
        rest = []
    }

    /// Throws if anything was wrong.
    package func finish() throws(Problem) {
        guard problems.isEmpty else { throw Problem.invalid(problems) }
    }
}
