package import FoundationEssentials
import Glibc

/// Memory of whole blocks for pieces of a file, as writes around the page cache need it. Used by one
/// thread at a time.
@safe
package final class FileBlock {
    /// Blocks of every disk that is made; memory begins at a multiple of it.
    static let alignment = 4_096
    /// Bytes of one piece: few calls, and a copy in a core's cache.
    package static let capacity = 512 << 10

    /// Bytes of the piece.
    package internal(set) var count = 0
    let memory: UnsafeMutableRawPointer

    /// - Throws: `noSpace` without memory.
    init() throws(FileError) {
        var made: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&made, Self.alignment, Self.capacity) == 0,
            let memory = unsafe made
        else { throw FileError(.noSpace, "no memory to read a file") }
        unsafe self.memory = unsafe memory
    }

    deinit {
        unsafe free(memory)
    }

    /// The piece as a span.
    package func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let start = unsafe memory.assumingMemoryBound(to: UInt8.self)
        return unsafe body(UnsafeBufferPointer(start: start, count: count).span)
    }

    /// The piece as data, not copied: to be used inside of the body only, as the next piece replaces
    /// the bytes.
    package func withData<Result>(_ body: (Data) -> Result) -> Result {
        // It holds this block, so that the memory cannot go away under it.
        let data = unsafe Data(
            bytesNoCopy: memory,
            count: count,
            deallocator: .custom { [self] _, _ in withExtendedLifetime(self) {} }
        )
        return body(data)
    }
}
