internal import Crypto
internal import Keys

/// The proof that who redeems a code is who asked for it (PKCE, RFC 7636), by S256 alone. Prints
/// nothing of it.
package struct ProofKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The secret half, 43 characters: 256 random bits (section 4.1).
    package let verifier: String

    /// A new one.
    package init() {
        verifier = RandomText.make()
    }

    /// One that was kept.
    package init(verifier: String) {
        self.verifier = verifier
    }

    /// What the provider gets at the beginning (section 4.2).
    package var challenge: String {
        Base64.urlEncoded(Array(SHA256.hash(data: Array(verifier.utf8))))
    }

    package var description: String {
        "(proof key)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
