/// Whether an organisation may work. A closed list; released words never change.
package enum TenantState: String, Sendable, Hashable, CaseIterable, Codable {
    case active
    /// Nobody logs in and nothing is shown; cameras are recorded and doors decide all the same.
    case suspended
    /// As suspended, and nothing is recorded any more.
    case closed

    /// What its provider does about it.
    package enum Change: String, Sendable, CaseIterable {
        case suspend
        case resume
        case close
        /// Closes it, and deletes everything of it when the time of grace is over.
        case delete
    }

    /// The state after a change; nil if there is nothing to change.
    /// - Parameter isEnding: Whether it is to be deleted already.
    package func after(_ change: Change, isEnding: Bool) -> TenantState? {
        switch change {
        case .suspend: self == .active ? .suspended : nil
        case .resume: self == .active ? nil : .active
        case .close: self == .closed ? nil : .closed
        case .delete: self == .closed && isEnding ? nil : .closed
        }
    }
}
