import Foundation

/// Runs the jobs of one actor on one thread of its own, so that its blocking calls never hold a
/// thread of the cooperative pool.
///
/// `@unchecked Sendable`: `jobs` and `isStopped` are read and written only while `condition` is
/// locked.
final class ThreadExecutor: SerialExecutor, @unchecked Sendable {
    /// Bytes of stack: libpq and a few frames of ours.
    private static let stackSize = 1 << 20

    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var isStopped = false

    init(name: String) {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.stackSize = Self.stackSize
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        condition.lock()
        jobs.append(unowned)
        condition.signal()
        condition.unlock()
    }

    /// The thread ends when it has run what is queued. Called once the actor is gone.
    func stop() {
        condition.lock()
        isStopped = true
        condition.signal()
        condition.unlock()
    }

    private func run() {
        while let job = next() {
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    private func next() -> UnownedJob? {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty {
            if isStopped { return nil }
            condition.wait()
        }
        return jobs.removeFirst()
    }
}
