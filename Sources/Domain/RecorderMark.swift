/// What a recorder leaves behind when it crashes: the streams it was working on.
///
/// Each thread that works on what a camera sent keeps one word in memory that the worker shares. The
/// word names the stream while the thread works on it and is 0 in between, so what it says when
/// the process has died of a fault is whose bytes it died of.
package enum RecorderMark {
    /// Where the words are. Those of different threads are a cache line apart.
    package enum Word: Int, Sendable, CaseIterable {
        /// The I/O thread: RTSP, depacketising, time, cutting and muxing.
        case input = 0
        /// The disk thread: journals and files.
        case disk = 8
        /// The recorder's process id, written by the worker for whoever looks at the memory.
        case process = 16
    }

    /// The word for a stream: a hash, so that nothing but the stream's name has to be agreed upon.
    /// Never 0. Two streams of one recorder have the same word about once in 10^16 recorders; then
    /// both are taken for the culprit.
    package static func value(_ camera: CameraID, _ stream: StreamRole) -> UInt64 {
        var hash = FNV1a()
        hash.update("\(camera)/\(stream.rawValue)".utf8)
        return max(1, hash.value)
    }
}
