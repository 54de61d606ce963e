import Domain

/// Streams that their recorder was told to stop, until it is certain that it writes no more of
/// them. A value: the shell kills processes and brings spools in order.
struct PartingStreams: Sendable {
    /// From the command to the moment at which a recorder that serves other streams too has obeyed
    /// it for certain: its queue to the disk is empty long before.
    static let patience = Duration.seconds(30)
    /// From the end of a recorder's input to its end; its own limit is a second.
    static let grace = Duration.seconds(3)

    private struct Parting: Sendable {
        var process: Int32
        var until: MonotonicTime
        /// The process was told to end, not only the stream.
        var isLast: Bool
        /// Wanted again meanwhile.
        var returns = false
    }

    private var partings: [StreamKey: Parting] = [:]

    /// The stream was stopped.
    /// - Parameters:
    ///   - process: The recorder's id.
    ///   - isLast: Whether that recorder has nothing else to do and so ends.
    mutating func stopped(
        _ key: StreamKey,
        process: Int32,
        isLast: Bool,
        at now: MonotonicTime
    ) {
        partings[key] = Parting(
            process: process,
            until: now + Self.patience,
            isLast: isLast
        )
        guard isLast else { return }
        // Streams that left the same recorder before are over when it ends.
        for (other, parting) in partings where parting.process == process {
            partings[other]?.isLast = true
        }
    }

    /// The stream is wanted again.
    /// - Returns: Whether to wait: its recorder is ending, and `ended` says when it has. If not, the
    ///   next chunk closes what is open.
    mutating func returned(_ key: StreamKey) -> Bool {
        guard partings[key]?.isLast == true else {
            partings[key] = nil
            return false
        }
        partings[key]?.returns = true
        return true
    }

    /// The stream that was to return is not wanted after all.
    mutating func leavesAgain(_ key: StreamKey) {
        partings[key]?.returns = false
    }

    /// A recorder ended: the streams that are over by it, and whether each is wanted again.
    mutating func ended(_ process: Int32) -> [(key: StreamKey, returns: Bool)] {
        take { $0.process == process }
    }

    /// Streams that are over because their recorder had all the time it needs.
    mutating func over(at now: MonotonicTime) -> [(key: StreamKey, returns: Bool)] {
        take { !$0.isLast && $0.until <= now }
    }

    private mutating func take(
        _ isTaken: (Parting) -> Bool
    ) -> [(key: StreamKey, returns: Bool)] {
        let taken = partings.filter { isTaken($0.value) }
        for key in taken.keys { partings[key] = nil }
        return taken.map { (key: $0.key, returns: $0.value.returns) }
    }
}
