package import Domain
package import Files

/// Reserves the numbers of live segments durably before the first is used, so that none is ever
/// used twice, also after a kill or a power cut.
package struct MediaSequenceReservation: Sendable {
    /// Numbers reserved at a time: more than an hour of segments for one write.
    package static let count: Int64 = 1_000

    private let path: String

    package init(_ layout: SpoolLayout, _ camera: CameraID, _ stream: StreamRole) {
        path = layout.liveSequence(camera, stream)
    }

    /// The numbers that may be used next: first media sequence, first discontinuity sequence and the
    /// media sequence to stop before. Everything below was or may have been used.
    package func reserve() throws(FileError) -> (
        sequence: Int64, discontinuity: Int64, limit: Int64
    ) {
        let used = try read()
        let limit = used + Self.count
        try FileSystem.makeFolder(String(path.dropLast("/live.sequence".count)))
        try FileSystem.replace(path, with: Array("\(limit)\n".utf8))
        // Each segment can begin a discontinuity: the same bound holds for both numbers.
        return (used, used, limit)
    }

    private func read() throws(FileError) -> Int64 {
        guard let bytes = try FileSystem.content(of: path) else { return 0 }
        let text = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
        guard let value = Int64(text), value >= 0 else {
            throw FileError(.damaged, "\(path): not a number")
        }
        return value
    }
}
