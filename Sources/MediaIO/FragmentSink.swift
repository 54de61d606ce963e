/// Where the library's output arrives: a growing array, taken whole after each flush.
///
/// Used by one `FragmentMuxer` and only inside its calls, so by one thread at a time.
final class FragmentSink {
    var bytes: [UInt8] = []

    /// What came since the last time.
    func take() -> [UInt8] {
        let taken = bytes
        bytes = []
        return taken
    }
}
