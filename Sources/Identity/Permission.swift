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
    /// Change the organisation itself.
    case tenantManage = "tenant.manage"
}
