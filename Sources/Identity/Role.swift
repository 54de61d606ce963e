internal import Domain

/// A named set of permissions; what a user's row and a grant hold.
package enum Role: String, Sendable, Hashable {
    /// Everything, with the organisation itself.
    case owner
    /// Everything but the organisation itself.
    case administrator
    /// Answers for security: all video and alerts, holds, the audit log; no set-up, no people.
    case securityManager = "security_manager"
    /// Watches and searches; changes nothing.
    case `operator`
    /// Watches live only.
    case viewer
    /// Sets up sites and cameras and sees that they work; no recordings.
    case installer
    /// Reads who did what; no video.
    case auditor
    /// Nothing but what is granted at sites and cameras.
    case member
    /// One of the organisation's own, whose permissions its row has. Nobody is given this word.
    case own

    /// The built-in ones.
    package static let builtIn: [Role] = [
        .owner, .administrator, .securityManager, .operator, .viewer, .installer, .auditor, .member,
    ]

    /// What a text in a row or request names: a built-in role, or by its id one of the
    /// organisation's own; nil for anything else.
    package static func named(_ text: String) -> Role? {
        if RoleID(text) != nil { return .own }
        return Role(rawValue: text).flatMap { builtIn.contains($0) ? $0 : nil }
    }

    package var permissions: Set<Permission> {
        switch self {
        case .owner: Set(Permission.allCases)
        case .administrator:
            [
                .camerasRead, .camerasWrite, .videoLive, .videoArchive, .usersManage, .alertsRead,
                .alertsWrite, .webhooksManage, .retentionManage, .sitesManage, .auditRead,
                .clientsManage,
            ]
        case .securityManager:
            [
                .camerasRead, .videoLive, .videoArchive, .alertsRead, .alertsWrite,
                .retentionManage, .auditRead,
            ]
        case .operator:
            [.camerasRead, .videoLive, .videoArchive, .alertsRead, .alertsWrite]
        case .viewer: [.camerasRead, .videoLive]
        case .installer:
            [.camerasRead, .camerasWrite, .sitesManage, .videoLive, .alertsRead]
        case .auditor: [.camerasRead, .alertsRead, .auditRead]
        case .member, .own: []
        }
    }
}
