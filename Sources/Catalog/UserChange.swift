/// What of a person is changed.
package struct UserChange: Hashable, Sendable {
    /// A role of `Identity`; nil leaves it.
    package var role: String?
    /// Whether the person may log in; nil leaves it.
    package var isDisabled: Bool?
    /// The person is removed altogether.
    package var isRemoved: Bool
    /// The person's second factor is forgotten, for one who lost it, and all logins end.
    package var resetsFactor: Bool

    package init(
        role: String? = nil,
        isDisabled: Bool? = nil,
        isRemoved: Bool = false,
        resetsFactor: Bool = false
    ) {
        self.role = role
        self.isDisabled = isDisabled
        self.isRemoved = isRemoved
        self.resetsFactor = resetsFactor
    }
}
