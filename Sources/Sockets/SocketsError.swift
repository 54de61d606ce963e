/// Why a connection, a pipe or the confinement failed: what happened and what to do, safe to show.
package struct SocketsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Code: Hashable, Sendable {
        /// The address policy does not allow any address of the host.
        case addressRefused
        /// The host's name has no address, or the name server does not answer.
        case unresolved
        /// Nothing answered in time.
        case timeout
        /// The host refused the connection or cannot be reached.
        case unreachable
        /// The peer reset the connection.
        case reset
        /// The peer takes no bytes and the queue for it is full.
        case sendQueueFull
        /// A limit of this process is reached (descriptors, memory, requests).
        case limit
        /// The confinement is incomplete and may not be used.
        case confinement
        /// Any other failure, with its errno.
        case system(Int32)
    }

    package let code: Code
    /// One sentence; holds host names and addresses, never credentials.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// False where the same attempt fails again until somebody changes a setting.
    package var isRetryable: Bool {
        switch code {
        case .addressRefused, .confinement: false
        case .unresolved, .timeout, .unreachable, .reset, .sendQueueFull, .limit, .system: true
        }
    }

    package var description: String {
        message
    }
}
