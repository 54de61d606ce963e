package import Domain

/// One rendition in a multivariant playlist.
package struct PlaylistVariant: Hashable, Sendable {
    package var uri: String
    /// RFC 6381, every format that occurs.
    package var codecs: String
    package var width: Int
    package var height: Int
    /// The highest bit rate over about one target duration, bits per second.
    package var bandwidth: Int
    /// Bits per second over all.
    package var averageBandwidth: Int
    /// Pictures per second, if known.
    package var frameRate: Double?

    package init(
        uri: String,
        codecs: String,
        width: Int,
        height: Int,
        bandwidth: Int,
        averageBandwidth: Int,
        frameRate: Double?
    ) {
        self.uri = uri
        self.codecs = codecs
        self.width = width
        self.height = height
        self.bandwidth = bandwidth
        self.averageBandwidth = averageBandwidth
        self.frameRate = frameRate
    }

    /// What recorded chunks say about a stream: sizes of the newest, rates over all. Nil without a
    /// segment.
    package init?(uri: String, chunks: [Chunk], frameRate: Double?) {
        let sorted = chunks.filter { !$0.segments.isEmpty }.sorted { $0.start < $1.start }
        guard let newest = sorted.last else { return nil }
        var codecs: [Substring] = newest.codecs.split(separator: ",")
        for codec in sorted.flatMap({ $0.codecs.split(separator: ",") })
        where !codecs.contains(codec) {
            codecs.append(codec)
        }
        let segments = sorted.flatMap(\.segments).filter { $0.duration > .zero }
        let seconds = segments.reduce(0) { $0 + $1.duration.seconds }
        let bits = segments.reduce(0) { $0 + Double($1.length) * 8 }
        guard seconds > 0, bits > 0 else { return nil }
        self.init(
            uri: uri,
            codecs: codecs.joined(separator: ","),
            width: newest.width,
            height: newest.height,
            bandwidth: Int(Self.peak(segments).rounded(.up)),
            averageBandwidth: Int((bits / seconds).rounded(.up)),
            frameRate: frameRate
        )
    }

    /// The peak segment bit rate of RFC 8216 4.3.4.2: over runs of 0.5 to 1.5 target durations;
    /// over all where they are shorter.
    private static func peak(_ segments: [Segment]) -> Double {
        let target = Double(Segment.targetDurationSeconds)
        var peak = 0.0
        for first in segments.indices {
            var seconds = 0.0
            var bits = 0.0
            for segment in segments[first...] {
                seconds += segment.duration.seconds
                bits += Double(segment.length) * 8
                if seconds > target * 1.5 { break }
                if seconds >= target * 0.5 { peak = max(peak, bits / seconds) }
            }
        }
        guard peak == 0 else { return peak }
        let seconds = segments.reduce(0) { $0 + $1.duration.seconds }
        return segments.reduce(0) { $0 + Double($1.length) * 8 } / seconds
    }
}
