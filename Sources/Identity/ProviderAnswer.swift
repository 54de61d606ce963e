/// What a browser brings back from a provider (RFC 6749 section 4.1.2), judged with the provider's
/// description.
package enum ProviderAnswer: Hashable, Sendable {
    /// Characters of the longest code.
    package static let codeLimit = 2_048

    case code(String)
    case refused(ProviderLoginFailure)

    /// - Parameters:
    ///   - code: The item `code` of the query, and so on.
    ///   - issuer: As configured.
    ///   - isIssuerNeeded: Whether the provider says that it always sends `iss`.
    package init(
        code: String?,
        error: String?,
        issuer sent: String?,
        expecting issuer: String,
        isIssuerNeeded: Bool
    ) {
        // RFC 9207 section 2.4: another's answer is none, an error included.
        guard sent.map({ $0 == issuer }) ?? !isIssuerNeeded else {
            self = .refused(.providerFailed)
            return
        }
        if let error {
            self = .refused(Self.isOnPurpose(error) ? .denied : .providerFailed)
            return
        }
        guard let code, 1...Self.codeLimit ~= code.utf8.count,
            code.utf8.allSatisfy({ 32...126 ~= $0 })
        else {
            self = .refused(.providerFailed)
            return
        }
        self = .code(code)
    }

    /// What a person decided, or has to do there (OpenID Connect Core 1.0 section 3.1.2.6).
    private static func isOnPurpose(_ error: String) -> Bool {
        [
            "access_denied", "login_required", "consent_required", "interaction_required",
            "account_selection_required",
        ].contains(error)
    }
}
