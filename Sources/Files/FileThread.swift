import Dispatch

/// Runs file calls, which block, on a thread that may block instead of one of the cooperative pool.
package enum FileThread {
    private static let queue = DispatchQueue(label: "sparc.files", attributes: .concurrent)

    /// What the body returns or throws. Callers bound how many they have under way.
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}
