package import Domain

/// An organisation that another one manages, as its provider sees it.
package struct Client: Hashable, Sendable {
    /// Most clients of a page.
    package static let pageLimit = 500
    /// Days from the deletion of a client until everything of it is deleted.
    package static let graceDays = 30

    package var id: TenantID
    package var name: String
    package var domain: String?
    package var plan: String?
    package var limits: TenantLimits
    package var state: TenantState
    package var stateReason: String?
    package var stateAt: WallTime
    package var deleteAfter: WallTime?
    package var allowsVisits: Bool
    package var createdAt: WallTime
}
