import Foundation

/// Runs a block later on a thread of its own; for shutdown paths, where the task is cancelled.
enum BackgroundTimer {
    static func after(_ wait: Duration, _ body: @escaping @Sendable () -> Void) {
        let (seconds, attoseconds) = wait.components
        let interval = Double(seconds) + Double(attoseconds) / 1e18
        Thread {
            Thread.sleep(forTimeInterval: interval)
            body()
        }.start()
    }
}
