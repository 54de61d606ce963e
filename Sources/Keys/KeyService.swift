/// Wraps data keys under a master key that the callers never see.
///
/// One that asks a key management service over the network maps on it as follows: `wrap` is its
/// encryption of 32 bytes under one of its keys and `unwrap` the decryption, both with `tenant` and
/// `number` as encryption context; `isCurrent` compares the name of the master key, which such
/// services write in front of what they encrypt. It is given to `Envelope` in place of
/// `LocalKeyService`; nothing else changes. An unwrapped key is kept for `Envelope.lifetime`, so
/// the service is asked for each tenant once in that time and may be away for as long.
package protocol KeyService: Sendable {
    /// Encrypts a data key.
    ///
    /// Throws `KeysError`: `unavailable` if the same call may succeed later.
    /// - Returns: At most 4,096 bytes.
    func wrap(
        _ key: [UInt8],
        for context: DataKeyContext
    ) async throws(KeysError) -> [UInt8]

    /// Decrypts what `wrap` made for the same tenant and number.
    ///
    /// Throws `KeysError`: `unavailable` if the same call may succeed later; else the key is
    /// damaged, another's, or wrapped under a master key that the service does not have.
    func unwrap(
        _ wrapped: [UInt8],
        for context: DataKeyContext
    ) async throws(KeysError) -> [UInt8]

    /// Whether a data key is wrapped under the master key that `wrap` uses now.
    func isCurrent(_ wrapped: [UInt8]) -> Bool
}
