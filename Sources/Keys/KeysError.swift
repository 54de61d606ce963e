/// Why a key or a sealed value cannot be used. Never holds a key, a plain text or what was typed.
package struct KeysError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for code to decide by.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The master key's text is not 32 bytes as hex digits or base64.
        case malformedMasterKey
        /// The master key could be guessed.
        case weakMasterKey
        /// A key has another length than its algorithm needs.
        case wrongKeyLength
        /// The sealed bytes are too short or too long to be an envelope.
        case malformedEnvelope
        /// The envelope was written by a newer version.
        case unknownVersion
        /// The envelope names a key that this process does not have.
        case unknownKey
        /// The tag does not fit: another key, another row, or changed bytes.
        case notAuthentic
        /// More bytes than an envelope may hold.
        case tooLong
        /// The key service does not answer.
        case unavailable
        /// The data key is gone. A row keeps the key that it names, so the value was sealed under
        /// another one since it was read: read it again.
        case keyReplaced
    }

    package let code: Code
    /// What happened and what to do.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same request may succeed later: the same bytes and keys give the same answer,
    /// but a key service may be away, and a value may have been read just before it was replaced.
    package var isRetryable: Bool {
        code == .unavailable || code == .keyReplaced
    }

    package var description: String {
        message
    }
}
