/// What the audit log is told of by the program, because no row changes by it.
package struct AuditNote: Hashable, Sendable {
    /// The kinds that the database takes; everything else it writes down by itself.
    package enum Action: String, Sendable, CaseIterable {
        /// Recordings or live pictures were given out.
        case footageRead = "footage.read"
        /// The people of the organisation were listed or one was looked at.
        case peopleRead = "people.read"
        /// The audit log itself was read.
        case auditRead = "audit.read"
        /// A login with a wrong password or code.
        case loginRefused = "login.refused"
        /// The first owner of a client was invited: a row of the client's, told to its provider too.
        case ownerInvited = "client.owner_invited"
    }

    package var action: Action
    /// What kind of thing it is about, such as `camera`.
    package var subjectKind: String
    /// Its id; nil for a list.
    package var subjectID: String?
    /// Further words by name; never a secret and no name of a person.
    package var details: [String: String]

    package init(
        _ action: Action,
        _ subjectKind: String,
        _ subjectID: String? = nil,
        details: [String: String] = [:]
    ) {
        self.action = action
        self.subjectKind = subjectKind
        self.subjectID = subjectID
        self.details = details
    }
}
