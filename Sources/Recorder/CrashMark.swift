internal import Domain
internal import Files

/// Says which stream a thread works on, where the worker finds it should the process die of it
/// (`RecorderMark`). One store when work on a stream begins and one when it ends.
struct CrashMark: Sendable {
    private let words: SharedWords?

    /// - Parameter words: The worker's memory; nil when a crash is to be blamed on nobody.
    init(_ words: SharedWords?) {
        self.words = words
    }

    /// The mark of one stream.
    func stream(_ key: StreamKey) -> StreamMark {
        StreamMark(words, RecorderMark.value(key.camera, key.stream))
    }
}

/// The mark of one stream. What calls back into the same or another stream's work nests.
struct StreamMark: Sendable {
    private let words: SharedWords?
    private let value: UInt64

    fileprivate init(_ words: SharedWords?, _ value: UInt64) {
        self.words = words
        self.value = value
    }

    /// Work on the stream begins on this thread; the answer is for `leave`.
    func enter(_ word: RecorderMark.Word = .input) -> UInt64 {
        guard let words else { return 0 }
        let previous = words.load(at: word.rawValue)
        words.store(value, at: word.rawValue)
        return previous
    }

    /// It ends.
    func leave(_ previous: UInt64, _ word: RecorderMark.Word = .input) {
        words?.store(previous, at: word.rawValue)
    }
}
