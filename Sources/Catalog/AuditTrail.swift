internal import Synchronization

/// Who acts in a task, for the entries that its changes leave in the audit log.
///
/// It goes with the task as a tracing context does: a request's is made where the request comes in
/// and learns who it is when the token was checked, so that no change can forget to say it. What is
/// done without one is told as done by the database role.
package final class AuditTrail: Sendable {
    @TaskLocal package static var current: AuditTrail?

    private let state: Mutex<AuditActor>

    package init(_ actor: AuditActor) {
        state = Mutex(actor)
    }

    package var actor: AuditActor {
        state.withLock { $0 }
    }

    /// Changes what is known of the actor.
    package func update(_ body: (inout AuditActor) -> Void) {
        state.withLock { body(&$0) }
    }

    var text: String {
        actor.text
    }
}
