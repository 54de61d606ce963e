import Domain

/// What the directory store writes beside an object.
struct ObjectDescription: Codable {
    var length: Int
    var sha256: String
    /// Tag names and values.
    var tags: [String: String]
    var metadata: [String: String]

    init(_ object: NewObject) {
        length = object.length
        sha256 = object.sha256
        tags = object.tags?.values ?? [:]
        metadata = object.metadata
    }
}
