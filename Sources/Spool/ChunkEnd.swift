/// Why a chunk has no more fragments.
package enum ChunkEnd: UInt8, Sendable, Hashable {
    /// It was long enough; the run goes on in the next chunk.
    case rolled = 1
    /// The run ended with it.
    case ended = 2
    /// Its recorder died; closed at the longest valid prefix.
    case recovered = 3
}
