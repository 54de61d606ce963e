package import Domain

/// What a change of a person came to.
package enum UserChangeOutcome<Refusal: Sendable>: Sendable {
    /// There is no such person.
    case missing
    case refused(Refusal)
    /// Done: the person as it is then (or was, if removed), and the logins that ended by it.
    case changed(ListedUser, ended: [SessionID])
}
