/// A named set of permissions; what a user's row holds.
package enum Role: String, Sendable, Hashable, CaseIterable {
    /// Everything, with the organisation itself.
    case owner
    /// Everything but the organisation itself.
    case administrator
    /// Watches and searches; changes nothing.
    case `operator`
    /// Watches live only.
    case viewer

    package var permissions: Set<Permission> {
        switch self {
        case .owner: Set(Permission.allCases)
        case .administrator:
            [
                .camerasRead, .camerasWrite, .videoLive, .videoArchive, .usersManage, .alertsRead,
                .alertsWrite, .webhooksManage, .retentionManage, .sitesManage, .auditRead,
                .clientsManage,
            ]
        case .operator:
            [.camerasRead, .videoLive, .videoArchive, .alertsRead, .alertsWrite]
        case .viewer: [.camerasRead, .videoLive]
        }
    }
}
