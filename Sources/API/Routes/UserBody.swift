internal import Catalog
internal import Domain

/// A person as the API shows one.
struct UserBody: Encodable {
    /// What a person can do with the login.
    enum State: String, Encodable {
        case active
        case invited
        case disabled
        /// The invitation has expired.
        case withoutPassword = "without_password"
    }

    var id: UserID
    var email: String
    var role: String
    var state: State
    var secondFactor: Bool
    var createdAt: WallTime
    var invitedUntil: WallTime?

    init(_ listed: ListedUser) {
        id = listed.user.id
        email = listed.user.email
        role = listed.user.role
        secondFactor = listed.hasSecondFactor
        createdAt = listed.user.createdAt
        invitedUntil = listed.invitedUntil
        state =
            if listed.user.disabledAt != nil {
                .disabled
            } else if listed.canLogIn {
                .active
            } else {
                listed.invitedUntil == nil ? .withoutPassword : .invited
            }
    }
}
