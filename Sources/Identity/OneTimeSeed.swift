internal import Keys

/// What an authenticator and the server share, and make codes of. Prints nothing of it.
package struct OneTimeSeed: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes: as many as SHA-1 has, which RFC 4226 section 4 (R6) recommends.
    package static let length = 20

    package let bytes: [UInt8]

    /// A new one.
    package init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// One that was made before; nil for another length.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// What a person types into an authenticator that reads no picture.
    package var text: String {
        Base32.encoded(bytes)
    }

    /// What an authenticator reads (the key URI format that they share): kind, who, secret, issuer
    /// and the parameters, which are also what they take for granted.
    package func uri(email: String, organisation: String) -> String {
        let issuer = Self.encoded("SPARC \(organisation)")
        return "otpauth://totp/\(issuer):\(Self.encoded(email))?secret=\(text)&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=\(OneTimePassword.digits)&period=\(OneTimePassword.period)"
    }

    /// All but the unreserved characters in percent-encoding (RFC 3986 section 2).
    private static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126:
                output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                output += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return output
    }

    package var description: String {
        "(seed of one-time passwords)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
