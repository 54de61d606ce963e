internal import Identity
internal import Synchronization

/// What the limits said of the request that is being answered: noted where it is known who asks,
/// told where the answer is ready.
final class RateNote: Sendable {
    /// That of the present request.
    @TaskLocal static var current: RateNote?

    private let states = Mutex<[RateState]>([])

    /// The last that was noted.
    var noted: [RateState] { states.withLock { $0 } }

    func note(_ new: [RateState]) {
        states.withLock { $0 = new }
    }
}
