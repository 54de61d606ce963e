internal import CLinux
package import Domain
internal import Glibc

/// One thread's wait for sockets, pipes, timers and other threads (level-triggered epoll).
///
/// Everything but `wakeup` is used on the thread that calls `run`. Streams of media have an epoll of
/// their own, which is asked every `mediaInterval`: one wake-up for all cameras that have sent
/// something. With SO_RCVLOWAT it reports a stream only when much has come (`TCPStream.expectBursts`); a
/// sweep every `sweepInterval` brings what is below that mark.
package final class EventLoop {
    /// Long enough that a stream of 2 Mbit/s brings two pictures a time; what players wait for, a
    /// key picture, is mostly above the mark and does not wait for it. A smaller one waits up to
    /// one and a half of this.
    package static let sweepInterval = mediaInterval * mediaPerSweep
    /// Few wake-ups for many cameras; a segment is seen half of this later.
    package static let mediaInterval = Duration.milliseconds(40)
    private static let mediaPerSweep = 3
    /// Times that the media epoll is asked in a row while it has more than it can tell at once.
    private static let mediaRounds = 8
    /// A sleep never lasts longer: bounds the harm of a missed wake-up.
    private static let longestSleep = Duration.seconds(1)

    /// Wakes the loop from another thread; `onWakeup` is then called on the loop's.
    package let wakeup: Wakeup
    package var onWakeup: () -> Void = {}
    /// Read once after each wait: what handlers are told as the moment.
    package private(set) var now = HostClocks.monotonic()

    let buffer = ReceiveBuffer()
    private let epoll: Epoll
    private let media: Epoll
    private var sources: [UInt64: any EventSource] = [:]
    private var swept: Set<UInt64> = []
    private var lastToken: UInt64 = 0
    private var timers = TimerQueue<() -> Void>()
    private var nextMedia = HostClocks.monotonic()
    private var mediaCount = 0

    package init() throws(SocketsError) {
        epoll = try Epoll()
        media = try Epoll()
        wakeup = try Wakeup()
        try epoll.add(wakeup.number, EPOLLIN.rawValue, token: 0)
    }

    /// Calls `body` once, at or soon after `deadline`.
    @discardableResult
    package func at(
        _ deadline: MonotonicTime,
        _ body: @escaping () -> Void
    ) -> TimerQueue<() -> Void>.Token {
        timers.add(body, at: deadline)
    }

    package func cancel(_ token: TimerQueue<() -> Void>.Token) {
        timers.cancel(token)
    }

    /// Runs until `isDone`, which is asked after each turn.
    package func run(until isDone: () -> Bool) {
        while !isDone() {
            turn()
        }
    }

    /// One wait and what it brings.
    func turn() {
        let count = epoll.wait(milliseconds: sleepMilliseconds())
        now = HostClocks.monotonic()
        for index in 0..<count {
            let (token, flags) = epoll.event(index)
            if token == 0 {
                wakeup.clear()
                onWakeup()
            } else {
                // Absent when a handler of this turn closed it.
                sources[token]?.ready(flags)
            }
        }
        if !swept.isEmpty, now >= nextMedia {
            nextMedia = now + Self.mediaInterval
            readMedia()
            mediaCount += 1
            if mediaCount.isMultiple(of: Self.mediaPerSweep) {
                for token in swept { sources[token]?.sweep() }
            }
        }
        while let body = timers.popDue(now) { body() }
    }

    private func readMedia() {
        for _ in 0..<Self.mediaRounds {
            let count = media.wait(milliseconds: 0)
            for index in 0..<count {
                let (token, flags) = media.event(index)
                sources[token]?.ready(flags)
            }
            if count < Epoll.room { return }
        }
    }

    private func sleepMilliseconds() -> Int32 {
        var deadline = HostClocks.monotonic() + Self.longestSleep
        if !swept.isEmpty { deadline = min(deadline, nextMedia) }
        if let next = timers.next { deadline = min(deadline, next) }
        let left = deadline.nanoseconds - HostClocks.monotonic().nanoseconds
        // Rounded up: a wake-up just before the deadline would spin.
        return Int32(clamping: max(0, (left + 999_999) / 1_000_000))
    }

    /// Watches a descriptor. The loop holds the source until `remove`.
    func add(
        _ descriptor: Int32,
        _ flags: UInt32,
        _ source: any EventSource
    ) throws(SocketsError) -> UInt64 {
        lastToken += 1
        try epoll.add(descriptor, flags, token: lastToken)
        sources[lastToken] = source
        return lastToken
    }

    func change(_ descriptor: Int32, _ flags: UInt32, token: UInt64) {
        (swept.contains(token) ? media : epoll).change(descriptor, flags, token: token)
    }

    /// From now on the source is one of media.
    func sweep(_ descriptor: Int32, _ flags: UInt32, token: UInt64) {
        guard !swept.contains(token) else { return }
        do throws(SocketsError) { try media.add(descriptor, flags, token: token) } catch { return }
        epoll.remove(descriptor)
        swept.insert(token)
    }

    func remove(_ descriptor: Int32, token: UInt64) {
        (swept.remove(token) == nil ? epoll : media).remove(descriptor)
        sources[token] = nil
    }
}

/// What an event loop calls; on its thread.
protocol EventSource: AnyObject {
    /// Epoll flags of the descriptor.
    func ready(_ flags: UInt32)
    /// Time to read what is below the low-water mark.
    func sweep()
}
