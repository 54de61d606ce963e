package import Domain

/// The sliding live playlist of one stream: a state machine without I/O or clock.
///
/// Media sequence numbers come from a reservation made durable before, so that they never go back,
/// also over a restart. The discontinuity sequence begins at the same number: it grows by at most
/// one for each media sequence number, so a later reservation is always above it.
package struct LiveWindow: Hashable, Sendable {
    /// Segments that stay listed (Apple HLS authoring 8.11 asks for at least six).
    package static let segmentMinimum = 6
    /// Length that stays listed: above three target durations (RFC 8216 6.2.2), and enough for a
    /// player that was away for a moment.
    package static let lengthMinimum = MediaTime(milliseconds: 60_000)
    /// A camera whose runs last a blink cannot make the list longer; beyond it the oldest go.
    package static let entryLimit = 1_024
    /// Numbers that one `append` or `gapTick` may use: the gap pieces of `lengthMinimum` and one.
    package static let numbersPerStep: Int64 = 16
    /// How far gaps stay behind the clock: a segment that is open now began at most a target
    /// duration ago, and half a second is its way here. So no gap covers what will still play.
    package static let gapLag = MediaTime(
        milliseconds: Int64(Segment.targetDurationSeconds) * 1_000 + 500
    )
    /// A list may stand still for 1.5 target durations (RFC 8216 6.2.2); one second of it is left
    /// for the pace of `gapTick`.
    package static let silenceLimit: Duration = .milliseconds(
        Segment.targetDurationSeconds * 1_500 - 1_000
    )

    /// The length of a gap that only shows that the list is alive.
    private static let shortestTick = MediaTime(milliseconds: 1_000)

    /// What became of a segment.
    package enum Outcome: Hashable, Sendable {
        case listed
        /// Not newer than the last one of its run, or without length: nothing changed.
        case ignored
        /// The reservation is used up: extend it and append again.
        case needsReservation
    }

    private var entries: [Listed] = []
    private var firstSequence: Int64
    private var discontinuitySequence: Int64
    private var reservedUntil: Int64
    /// Wall time after the last entry.
    private var end: WallTime?
    /// Wall time after the last segment with media.
    private var mediaEnd: WallTime?
    private var lastRun: RunID?
    private var lastChange: MonotonicTime?

    private struct Listed: Hashable, Sendable {
        var entry: PlaylistEntry
        var expires: WallTime
        var mapExpires: WallTime
    }

    /// - Parameters:
    ///   - firstSequence: The first number of the reservation.
    ///   - reservedUntil: The number after its last.
    package init(firstSequence: Int64, reservedUntil: Int64) {
        self.firstSequence = firstSequence
        discontinuitySequence = firstSequence
        self.reservedUntil = reservedUntil
    }

    /// The number that the next segment gets.
    package var nextSequence: Int64 {
        firstSequence + Int64(entries.count)
    }

    /// Whether the next step could run out of numbers: reserve more now, starting at the end of
    /// the reservation.
    package var needsReservation: Bool {
        reservedUntil - nextSequence < Self.numbersPerStep
    }

    /// True until the first segment; such a list is not served.
    package var isEmpty: Bool {
        entries.isEmpty
    }

    /// Wall time after the last listed segment or gap.
    package var listedUntil: WallTime? {
        end
    }

    /// Numbers up to here (exclusive) are durable now. Never goes back.
    package mutating func extendReservation(until number: Int64) {
        reservedUntil = max(reservedUntil, number)
    }

    /// Adds a closed segment, with gaps for the time since the last one.
    package mutating func append(_ segment: LiveSegment, at now: MonotonicTime) -> Outcome {
        guard segment.duration > .zero else { return .ignored }
        if segment.run == lastRun, let mediaEnd, segment.start + GapMedia.shortest < mediaEnd {
            return .ignored
        }
        guard !needsReservation else { return .needsReservation }
        let map = PlaylistMap(uri: segment.initializationPath)
        var isDiscontinuity = false
        if let end {
            let last = entries.last?.entry
            isDiscontinuity = segment.run != lastRun || last?.map != map || last?.isGap == true
            if segment.start - end >= GapMedia.shortest {
                fill(from: end, to: segment.start)
                isDiscontinuity = true
            }
        }
        let entry = PlaylistEntry(
            duration: segment.duration,
            uri: segment.path,
            isDiscontinuity: isDiscontinuity,
            map: map
        )
        push(
            Listed(
                entry: entry,
                expires: segment.expires,
                mapExpires: segment.initializationExpires
            ),
            start: segment.start
        )
        end = segment.end
        mediaEnd = segment.end
        lastRun = segment.run
        lastChange = now
        return .listed
    }

    /// Adds a gap when the stream has been silent for so long that the list must change; to be
    /// called about once a second.
    ///
    /// - Parameters:
    ///   - wall: Wall time now: the gap's end stays `gapLag` behind it.
    ///   - now: Decides how long the list has stood still.
    /// - Returns: `listed` if a gap was added.
    package mutating func gapTick(wall: WallTime, at now: MonotonicTime) -> Outcome {
        guard let end, let lastChange else { return .ignored }
        let target = MediaTime(milliseconds: Int64(Segment.targetDurationSeconds) * 1_000)
        let known = wall - Self.gapLag
        let missing = known - end
        guard missing >= target || now - lastChange >= Self.silenceLimit else { return .ignored }
        guard !needsReservation else { return .needsReservation }
        // A clock that was set back leaves nothing missing; the list has to change all the same.
        let until = max(known, end + Self.shortestTick)
        fill(from: end, to: until)
        self.end = until
        self.lastChange = now
        return .listed
    }

    /// Adds the gap up to `gapLag` before now at once, after a restart whose known segments are
    /// appended: the new list tells no less than the old one did.
    package mutating func catchUp(wall: WallTime, at now: MonotonicTime) -> Outcome {
        guard let end, wall - Self.gapLag - end >= GapMedia.shortest else { return .ignored }
        guard !needsReservation else { return .needsReservation }
        fill(from: end, to: wall - Self.gapLag)
        self.end = wall - Self.gapLag
        lastChange = now
        return .listed
    }

    /// The playlist's text.
    ///
    /// - Parameter sign: Gives a path its signature, valid until the time given.
    /// - Returns: The whole playlist; not to be served while `isEmpty`.
    package func render(sign: (_ path: String, _ expires: WallTime) -> String) -> String {
        var text = PlaylistText(capacity: entries.count)
        text.line("#EXT-X-VERSION:\(PlaylistText.version)")
        text.line("#EXT-X-TARGETDURATION:\(Segment.targetDurationSeconds)")
        text.line("#EXT-X-MEDIA-SEQUENCE:\(firstSequence)")
        text.line("#EXT-X-DISCONTINUITY-SEQUENCE:\(discontinuitySequence)")
        var map: (unsigned: PlaylistMap, signed: PlaylistMap)?
        text.append(
            entries.map { listed in
                var entry = listed.entry
                if !entry.isGap { entry.uri = sign(entry.uri, listed.expires) }
                if let unsigned = entry.map, unsigned != map?.unsigned {
                    map = (unsigned, PlaylistMap(uri: sign(unsigned.uri, listed.mapExpires)))
                }
                entry.map = map?.signed
                return entry
            }
        )
        return text.text
    }

    /// Gaps for a hole; of a hole longer than the list, its end.
    private mutating func fill(from start: WallTime, to end: WallTime) {
        let isLong = end - start > Self.lengthMinimum
        let pieces = GapMedia.pieces(from: isLong ? end - Self.lengthMinimum : start, to: end)
        for (index, piece) in pieces.enumerated() {
            pushGap(
                start: piece.start,
                length: piece.length,
                isDiscontinuity: isLong && index == 0
            )
        }
    }

    /// A gap keeps the initialization of what was before it, so that no tag moves.
    private mutating func pushGap(start: WallTime, length: MediaTime, isDiscontinuity: Bool) {
        let last = entries.last
        let entry = PlaylistEntry(
            duration: length,
            uri: GapMedia.uri,
            isGap: true,
            isDiscontinuity: isDiscontinuity,
            map: last?.entry.map
        )
        push(
            Listed(entry: entry, expires: start, mapExpires: last?.mapExpires ?? start),
            start: start
        )
    }

    private mutating func push(_ listed: Listed, start: WallTime) {
        var listed = listed
        evict(for: listed.entry.listedDuration)
        listed.entry.date = PlaylistDates(entries.lazy.map(\.entry)).date(for: start)
        entries.append(listed)
    }

    /// Removes from the head what the list no longer needs once `length` is added.
    private mutating func evict(for length: MediaTime) {
        var total = entries.reduce(length) { $0 + $1.entry.listedDuration }
        var count = 0
        while count < entries.count {
            let left = total - entries[count].entry.listedDuration
            let isSpare =
                entries.count - count >= Self.segmentMinimum && left >= Self.lengthMinimum
            guard isSpare || entries.count - count >= Self.entryLimit else { break }
            if entries[count].entry.isDiscontinuity { discontinuitySequence += 1 }
            total = left
            count += 1
        }
        entries.removeFirst(count)
        firstSequence += Int64(count)
    }
}
