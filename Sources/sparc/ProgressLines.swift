import Foundation
import Jobs
import Synchronization

/// Writes how far a long comparison is to standard error, at most once in two seconds.
final class ProgressLines: Sendable {
    private static let pause = Duration.seconds(2)
    private let next = Mutex(ContinuousClock.now)

    func show(_ progress: IndexProgress) {
        let now = ContinuousClock.now
        let isDue = next.withLock { next in
            guard now >= next else { return false }
            next = now + Self.pause
            return true
        }
        guard isDue else { return }
        let total = progress.total.map { " of \($0)" } ?? ""
        let line = "sparc: \(progress.phase): \(progress.done)\(total)\n"
        FileHandle.standardError.write(Data(line.utf8))
    }
}
