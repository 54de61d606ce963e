package import Domain

/// How a change of an organisation's own role ended.
package enum RoleChangeOutcome<Refusal: Sendable>: Sendable {
    case missing
    case refused(Refusal)
    /// With the logins that ended by it.
    case changed(OwnRole, ended: [SessionID])
}
