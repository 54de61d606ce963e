/// What a person may do. Routes ask for permissions, never for roles.
package enum Permission: String, Sendable, Hashable, CaseIterable {
    /// See cameras, their state and their timelines.
    case camerasRead = "cameras.read"
    /// Add, change and remove cameras.
    case camerasWrite = "cameras.write"
    /// Watch live video.
    case videoLive = "video.live"
    /// Watch recordings.
    case videoArchive = "video.archive"
    /// Manage the people of the organisation.
    case usersManage = "users.manage"
    /// Add, change and remove sites.
    case sitesManage = "sites.manage"
    /// Change the organisation itself.
    case tenantManage = "tenant.manage"
    /// See alerts and events.
    case alertsRead = "alerts.read"
    /// Acknowledge and resolve alerts.
    case alertsWrite = "alerts.write"
    /// Manage webhooks, and see what was sent.
    case webhooksManage = "webhooks.manage"
    /// Manage a service provider's clients, and visit them.
    case clientsManage = "clients.manage"
    /// Read the audit log.
    case auditRead = "audit.read"
    /// Change how long footage is kept, and hold it.
    case retentionManage = "retention.manage"

    /// What can be given at one site or camera; all others are of the whole organisation.
    package static let scoped: Set<Permission> = [
        .camerasRead, .camerasWrite, .videoLive, .videoArchive,
    ]

    /// What nobody of a provider does in a client's organisation: its people, its clients and itself
    /// stay its own.
    package static let neverOnVisits: Set<Permission> = [
        .usersManage, .tenantManage, .clientsManage,
    ]
}
