/// `amr` of an ID token (OpenID Connect Core 1.0 section 2).
struct MethodClaims: Decodable {
    /// Words that are read; the registry (RFC 8176) has about twenty.
    private static let limit = 64

    var methods: Set<String> = []

    private enum CodingKeys: String, CodingKey {
        case methods = "amr"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Anything but the array of texts that it must be says nothing.
        let words = try? container.decodeIfPresent([String].self, forKey: .methods)
        methods = Set((words ?? nil)?.prefix(Self.limit) ?? [])
    }
}
