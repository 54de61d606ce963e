package import Domain

/// The segments that stand for missing media (EXT-X-GAP).
package enum GapMedia {
    /// What every GAP segment names. A player must not load it; one that ignores EXT-X-GAP gets
    /// `bytes`, which hold no media.
    package static let uri = "/media/gap.m4s"
    /// An empty `free` box (ISO/IEC 14496-12 8.1.2), so that no demuxer takes it for damage.
    package static let bytes: [UInt8] = [0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65]
    /// Holes below this are jitter between the end of a run and the start of the next.
    package static let shortest = MediaTime(milliseconds: 100)

    /// A hole cut into equal pieces of at most the target duration.
    static func pieces(
        from start: WallTime,
        to end: WallTime
    ) -> [(start: WallTime, length: MediaTime)] {
        let total = (end - start).ticks
        let target = Int64(Segment.targetDurationSeconds) * MediaTime.ticksPerSecond
        guard total > 0 else { return [] }
        let count = (total + target - 1) / target
        return (0..<count).map { index in
            let begin = total / count * index + min(index, total % count)
            let length = total / count + (index < total % count ? 1 : 0)
            return (start + MediaTime(ticks: begin), MediaTime(ticks: length))
        }
    }
}
