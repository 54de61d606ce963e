internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Keys

/// Strong validators of what can be changed (RFC 9110 section 8.8.3): made of the representation, so
/// that every coordinator has the same, and keyed, so that nobody learns from one what it is made of.
extension APIServices {
    /// Bytes of a tag: two representations have the same by chance once in 2^96.
    private static let tagLength = 12

    /// The tag of a representation, with its quotes.
    func tag(_ value: some Encodable) -> String {
        tag(of: JSONText.encode(value))
    }

    /// The tag of some bytes, with its quotes.
    func tag(of bytes: [UInt8]) -> String {
        let digest = keys.derive(KeyPurpose("entity-tag/1/\(Base64.urlEncoded(bytes))"))
        return "\"\(Base64.urlEncoded(digest.prefix(Self.tagLength)))\""
    }

    /// A representation with its tag, or 304 for who has it already.
    func tagged(_ request: Request, _ value: some Encodable) throws -> Response {
        let tag = tag(value)
        if let condition = try request.ifNoneMatch(), condition.matchesWeakly(tag) {
            return Response(
                status: .notModified,
                headers: [.eTag: tag, .cacheControl: "no-store"]
            )
        }
        return JSONText.response(value, headers: [.eTag: tag])
    }

    /// A representation as it is after a change, with its tag.
    func changed(_ value: some Encodable) -> Response {
        JSONText.response(value, headers: [.eTag: tag(value)])
    }

    /// The catalogue for a change, which is made only if `If-Match` holds. Without one it is made
    /// whatever was seen: older clients send none.
    func catalog(
        _ request: Request,
        _ condition: (_ isMet: @escaping @Sendable (String) -> Bool) -> ChangeCondition
    ) throws -> Catalog {
        guard let wanted = try request.ifMatch() else { return catalog }
        return catalog.onlyIf(condition { wanted.matches($0) })
    }
}
