/// What a camera of the farm demands.
package enum FarmAuthentication: String, Hashable, Sendable, CaseIterable {
    case none
    case basic
    /// RFC 2617 without qop, as most cameras have it.
    case digestMD5
    /// RFC 7616 with `qop="auth"`.
    case digestSHA256
    /// Offers SHA-256, MD5 and Basic, best first; takes any.
    case any
}
