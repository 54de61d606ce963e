/// What a person types where a second factor is asked for. Prints nothing of it.
package enum SecondFactorCode: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// Digits of an authenticator.
    case oneTime(String)
    case recovery(RecoveryCode)

    /// Nil for what is neither.
    package init?(_ text: String) {
        let digits = text.filter { $0 != " " }
        if digits.utf8.count == OneTimePassword.digits, digits.utf8.allSatisfy({ 48...57 ~= $0 }) {
            self = .oneTime(digits)
        } else if let code = RecoveryCode(text) {
            self = .recovery(code)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .oneTime: "(one-time password)"
        case .recovery: "(recovery code)"
        }
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
