import Foundation

/// Sees the end of the parent: a child started by `ChildProcess` reads its standard input until
/// the pipe ends.
package enum ParentWatch {
    /// The variable that says that standard input is the parent's pipe.
    package static let variable = "SPARC_PARENT_PIPE"

    /// Calls `ended` once, on a thread of its own, when the parent closed the pipe or died.
    package static func start(_ ended: @escaping @Sendable () -> Void) {
        let thread = Thread {
            let input = FileHandle.standardInput
            while !input.availableData.isEmpty {}
            ended()
        }
        thread.name = "parent-watch"
        thread.start()
    }
}
