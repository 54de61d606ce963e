/// Where the library's output arrives: a growing array, taken whole after each flush.
///
/// Used by one `FragmentMuxer` and only inside its calls, so by one thread at a time.
final class FragmentSink {
    private var bytes: [UInt8] = []
    /// Bytes that the last fragment had: the next one is about as long, and an array that grows
    /// copies all of it each time.
    private var usual = 0

    func append(_ more: UnsafeBufferPointer<UInt8>) {
        if bytes.isEmpty { bytes.reserveCapacity(max(more.count, usual + usual / 8)) }
        unsafe bytes.append(contentsOf: more)
    }

    /// What came since the last time.
    func take() -> [UInt8] {
        defer {
            usual = bytes.count
            bytes = []
        }
        return bytes
    }
}
