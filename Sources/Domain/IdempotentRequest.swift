/// A request that carries an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): whose it
/// is, and what was asked.
package struct IdempotentRequest: Hashable, Sendable {
    /// Longest key, bytes.
    package static let keyLimit = 128
    /// Seconds for which a key is kept.
    package static let lifetime: Int64 = 86_400
    /// Seconds after which a request without an answer counts as lost with its process: the slowest
    /// honest one waits 5 s for a connection and its statements not much longer.
    package static let leaseSeconds: Int64 = 60
    /// Keys of one principal at a time. A program with more makes what it makes by other means, and
    /// rows of 64 KiB are no place to store things.
    package static let countLimit = 5_000

    package var tenant: TenantID
    /// Whose user it is; the keys go with that one. Nil of a visitor from another organisation.
    package var user: UserID?
    /// The user, or the API key that acts for the user: neither sees the other's answers.
    package var principal: String
    package var key: String
    /// 32 bytes that differ for different requests: method, path and body, keyed.
    package var fingerprint: [UInt8]

    package init(
        tenant: TenantID,
        user: UserID?,
        principal: String,
        key: String,
        fingerprint: [UInt8]
    ) {
        self.tenant = tenant
        self.user = user
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
    }
}
