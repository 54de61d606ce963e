import API
import Testing
import Yams

/// The description of the API as a tree, and responses checked against it.
///
/// `@unchecked Sendable`: the tree is read from a constant file once and never changed.
final class Specification: @unchecked Sendable {
    struct Broken: Error {}

    private let root: [String: Any]

    private static let loaded = Result { try Specification() }

    static func shared() throws -> Specification {
        try loaded.get()
    }

    private init() throws {
        let text = String(decoding: try APIRouter.description(), as: UTF8.self)
        guard let root = try Yams.load(yaml: text) as? [String: Any] else { throw Broken() }
        self.root = root
    }

    /// `GET /health`, … of the file.
    var operations: Set<String> {
        var found: Set<String> = []
        for (path, item) in paths {
            for method in (item as? [String: Any] ?? [:]).keys {
                found.insert("\(method.uppercased()) \(path)")
            }
        }
        return found
    }

    var paths: [String: Any] { root["paths"] as? [String: Any] ?? [:] }

    func operation(_ method: String, _ path: String) -> [String: Any]? {
        (paths[path] as? [String: Any])?[method.lowercased()] as? [String: Any]
    }

    /// What `x-permission` says of an operation.
    func permission(_ method: String, _ path: String) -> String? {
        operation(method, path)?["x-permission"] as? String
    }

    /// Names of the security schemes of an operation; empty for a public one.
    func security(_ method: String, _ path: String) -> [String] {
        let own = operation(method, path)?["security"] as? [[String: Any]]
        let all = own ?? (root["security"] as? [[String: Any]] ?? [])
        return all.flatMap(\.keys)
    }

    /// All `$ref` of the file that lead nowhere.
    func brokenReferences() -> [String] {
        var broken: [String] = []
        func visit(_ node: Any) {
            if let map = node as? [String: Any] {
                if let target = map["$ref"] as? String, resolve(map)["$ref"] != nil {
                    broken.append(target)
                }
                for value in map.values { visit(value) }
            } else if let list = node as? [Any] {
                for value in list { visit(value) }
            }
        }
        visit(root)
        return broken
    }

    func resolve(_ node: [String: Any]) -> [String: Any] {
        guard let reference = node["$ref"] as? String, reference.hasPrefix("#/") else {
            return node
        }
        var current: Any? = root
        for part in reference.dropFirst(2).split(separator: "/") {
            current = (current as? [String: Any])?[String(part)]
        }
        return current as? [String: Any] ?? node
    }

    func template(of path: String) -> String? {
        let wanted = path.split(separator: "/").map { String($0) }
        let matching = paths.keys.filter { template in
            let parts = template.split(separator: "/").map { String($0) }
            if template == "/media/object/{key}" {
                // Slashes that are too many lead to the same route.
                return wanted.count > 2 && wanted[..<2] == ["media", "object"]
            }
            return parts.count == wanted.count
                && zip(parts, wanted).allSatisfy { $0 == $1 || $0.first == "{" }
        }
        return matching.min { $0.split(separator: "{").count < $1.split(separator: "{").count }
    }

    /// What is wrong with a response; empty if nothing is.
    func check(
        method: String,
        uri: String,
        status: Int,
        contentType: String?,
        body: [UInt8]
    ) -> [String] {
        let path = String(uri.split(separator: "?", maxSplits: 1).first ?? "")
        guard let template = template(of: path) else {
            return status == 404 || status == 405 ? [] : ["the path is not described"]
        }
        let described = operation(method == "HEAD" ? "GET" : method, template)
        // A preflight of CORS is for every path and in none of them.
        if method == "OPTIONS", status == 204, body.isEmpty { return [] }
        guard let described else { return status == 405 ? [] : ["the method is not described"] }
        let responses = described["responses"] as? [String: Any] ?? [:]
        guard let response = responses[String(status)] as? [String: Any] else {
            return ["the status is not described"]
        }
        let content = resolve(response)["content"] as? [String: Any] ?? [:]
        if content.isEmpty { return body.isEmpty ? [] : ["a body that is not described"] }
        if method == "HEAD" { return body.isEmpty ? [] : ["a body for HEAD"] }
        let type = String(contentType?.split(separator: ";").first ?? "")
        guard let media = content[type] as? [String: Any] else {
            return ["the media type \(type) is not described"]
        }
        guard type.hasSuffix("json"), let schema = media["schema"] as? [String: Any] else {
            return []
        }
        guard let value = try? JSONParser.parse(body) else { return ["no JSON"] }
        return SchemaValidator(specification: self).check(value, schema, at: "$")
    }
}
