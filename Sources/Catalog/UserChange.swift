/// What of a person is changed.
package struct UserChange: Hashable, Sendable {
    /// A role of `Identity`; nil leaves it.
    package var role: String?
    /// Whether the person may log in; nil leaves it.
    package var isDisabled: Bool?
    /// The person is removed altogether.
    package var isRemoved: Bool

    package init(role: String? = nil, isDisabled: Bool? = nil, isRemoved: Bool = false) {
        self.role = role
        self.isDisabled = isDisabled
        self.isRemoved = isRemoved
    }
}
