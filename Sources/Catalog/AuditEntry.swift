/// One entry of an organisation's audit log.
package struct AuditEntry: Hashable, Sendable {
    /// Most entries of a page.
    package static let limit = 500

    /// Its place in the chain, from 1 without holes.
    package var position: Int64
    /// The entry itself: JSON, byte for byte what its hash is made of.
    package var body: String
    /// SHA-256 of the hash before it (of the first: 32 zero bytes) and the body's UTF-8.
    package var hash: [UInt8]
    /// The e-mail address of the person who acted, if it is one of this organisation.
    /// Not a part of the chain.
    package var actorEmail: String?
}
