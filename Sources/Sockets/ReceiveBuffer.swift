internal import CLinux
internal import Glibc

/// The one buffer that all sockets of a loop are read into: 256 KiB, so that the bytes that a
/// stream collects between two sweeps take one call.
///
/// Used on the loop's thread only. The span that a handler gets is valid for that call.
@safe
final class ReceiveBuffer {
    /// Bytes.
    static let size = 256 << 10

    let start: UnsafeMutableRawPointer

    init() {
        unsafe start = .allocate(byteCount: Self.size, alignment: 64)
    }

    deinit {
        unsafe start.deallocate()
    }

    /// Lends the first `count` bytes.
    func withSpan(_ count: Int, _ body: (Span<UInt8>) -> Void) {
        let bytes = unsafe UnsafeBufferPointer(
            start: UnsafePointer(start.assumingMemoryBound(to: UInt8.self)),
            count: min(count, Self.size)
        )
        body(unsafe bytes.span)
    }
}
