/// The segments of a chunk as a few bytes for its catalogue row: a version byte, a count, then per
/// segment duration, length and flags as LEB128. Starts and offsets are sums and are not stored.
package enum PackedSegments {
    private static let version: UInt8 = 1
    /// More than a chunk of 10 minutes of half-second segments; a larger count is damage.
    package static let countLimit = 2_048
    /// Ticks that a timeline may begin with: 1,500 years, so that sums stay in range.
    package static let ticks: ClosedRange<Int64> = -(1 << 52)...(1 << 52)
    /// Bytes that an initialization may have, far above any.
    private static let initializationLengths = 0...(1 << 40)

    package static func pack(_ chunk: Chunk) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([version])
        writer.variable(UInt64(chunk.segments.count))
        for segment in chunk.segments {
            writer.variable(UInt64(max(0, segment.duration.ticks)))
            writer.variable(UInt64(max(0, segment.length)))
            writer.variable(segment.isIndependent ? 1 : 0)
        }
        return writer.bytes
    }

    /// Nil if the bytes are damaged, of a version this build does not know, or a number is outside its
    /// limits.
    package static func unpack(
        _ bytes: [UInt8],
        mediaStart: MediaTime,
        initializationLength: Int
    ) -> [Segment]? {
        guard bytes.first == version, ticks.contains(mediaStart.ticks),
            initializationLengths.contains(initializationLength)
        else { return nil }
        var reader = ByteReader(bytes, at: 1)
        guard let count = reader.variable(), count <= UInt64(countLimit) else { return nil }
        var segments: [Segment] = []
        var start = mediaStart
        var offset = initializationLength
        for _ in 0..<count {
            guard let duration = reader.variable(), duration < 1 << 40,
                let length = reader.variable(), length < 1 << 40, let flags = reader.variable()
            else { return nil }
            segments.append(
                Segment(
                    start: start,
                    duration: MediaTime(ticks: Int64(duration)),
                    offset: offset,
                    length: Int(length),
                    isIndependent: flags & 1 == 1
                )
            )
            start += MediaTime(ticks: Int64(duration))
            offset += Int(length)
        }
        return reader.remaining == 0 ? segments : nil
    }
}
