internal import Domain
internal import HTTPTypes

/// The cookie that ties one login through a provider to the browser that began it: host-only, unseen
/// by scripts, sent with a navigation from the provider but with no other request of another site
/// (`SameSite=Lax`). Logins share a few names by their ids, so that two tabs seldom disturb each other
/// and no page that begins many can fill a browser's requests with cookies.
struct LoginCookie: Hashable, Sendable {
    /// Characters of all cookies of a request that are looked at.
    private static let lengthLimit = 16_384
    /// Names in all.
    private static let nameCount = 8

    let name: String
    private let attributes: String

    /// - Parameter publicURL: With https the cookie is kept by browsers only as such a one (`__Host-`,
    ///   RFC 6265bis section 4.1.3.2): no neighbouring host can plant it.
    init(_ login: ProviderLoginID, publicURL: String) {
        let isSecure = publicURL.hasPrefix("https://")
        let digit = "\(login)".first?.hexDigitValue ?? 0
        name = (isSecure ? "__Host-" : "") + "sparc_login_\(digit % Self.nameCount)"
        attributes = "; Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    }

    /// The header that keeps a value for as long as a login takes.
    func setting(_ value: String) -> String {
        "\(name)=\(value)\(attributes); Max-Age=660"
    }

    /// The header that forgets it.
    var clearing: String {
        "\(name)=\(attributes); Max-Age=0"
    }

    /// The value in a request; nil if it is not there, or twice.
    func value(_ headers: HTTPFields) -> String? {
        var found: String?
        for field in headers[values: .cookie] {
            guard field.utf8.count <= Self.lengthLimit else { return nil }
            for pair in field.split(separator: ";") {
                let parts = pair.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                guard parts.count == 2, parts[0].trimmed() == name else { continue }
                guard found == nil else { return nil }
                found = parts[1].trimmed()
            }
        }
        return found
    }
}
