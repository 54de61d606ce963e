/// The events that wait for the session's owner.
struct EventQueue {
    /// Events waiting at once. One read of 256 KiB makes at most one per RTP packet of 16 bytes;
    /// an owner that takes them after every read never has more.
    static let countLimit = 32_768

    private var events: [RTSPEvent] = []
    private var next = 0

    var isFull: Bool {
        events.count - next >= Self.countLimit
    }

    mutating func append(_ event: RTSPEvent) {
        events.append(event)
    }

    /// The oldest event; its place gives up what it holds at once.
    mutating func pop() -> RTSPEvent? {
        guard next < events.count else { return nil }
        let event = events[next]
        events[next] = .closed
        next += 1
        if next == events.count {
            events.removeAll(keepingCapacity: events.capacity <= 256)
            next = 0
        }
        return event
    }
}
