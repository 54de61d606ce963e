import Domain

/// An offer whose values are within the limits of a row, and what the row has of them.
struct ChunkCandidate: Sendable {
    /// Its place among the offers.
    let index: Int
    let sealed: SealedChunk
    let gap: Gap?
    let sha256: [UInt8]
    /// Packed.
    let segments: [UInt8]
    /// Days.
    var retentionDays = 0
    /// The row is there already.
    var isKnown = false

    /// Nil for a value outside its limits.
    init?(_ offer: ChunkOffer, index: Int) {
        let chunk = offer.sealed.chunk
        let span = chunk.end.microseconds.subtractingReportingOverflow(chunk.start.microseconds)
        guard chunk.identity.epoch > 0, chunk.identity.sequence > 0, !span.overflow,
            1...CatalogedChunk.spanLimit ~= span.partialValue,
            0...Catalog.lastMoment ~= chunk.start.microseconds,
            chunk.initializationLength > 0, Self.bytes(hex: chunk.initializationHash)?.count == 8,
            !chunk.segments.isEmpty, chunk.segments.count <= PackedSegments.countLimit,
            chunk.codecs.utf8.count <= 255, offer.sealed.length > 0,
            !chunk.codecs.unicodeScalars.contains("\0"), Self.isPlausible(offer.precedingGap),
            chunk.length <= offer.sealed.length,
            let sha256 = Self.bytes(hex: offer.sealed.sha256), sha256.count == 32
        else { return nil }
        let packed = PackedSegments.pack(chunk)
        // Segments with holes between them, or not from the front on, would come back changed.
        let isExact =
            PackedSegments.unpack(
                packed,
                mediaStart: chunk.mediaStart,
                initializationLength: chunk.initializationLength
            ) == chunk.segments
        guard isExact else { return nil }
        self.index = index
        self.sha256 = sha256
        sealed = offer.sealed
        segments = packed
        gap = offer.precedingGap.flatMap { $0.end > $0.start ? $0 : nil }
    }

    private static func isPlausible(_ gap: Gap?) -> Bool {
        guard let gap else { return true }
        return [gap.start, gap.end].allSatisfy { 0...Catalog.lastMoment ~= $0.microseconds }
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<(index + 2)], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16), pair.first != "+" else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
