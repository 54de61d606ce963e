import Domain

/// RTP payloads of AAC with AU headers (RFC 3640 section 3.2): several frames in a packet, or one
/// frame over several packets.
struct AACDepacketizer {
    /// Bytes of one frame. AAC's own limit is 768 per channel; the size field of AAC-hbr ends here.
    static let frameLimit = 8_192
    /// Frames in one packet.
    static let frameCountLimit = 128

    private let format: AACFormat
    private var partial: [UInt8] = []
    private var partialSize = 0
    private var partialTimestamp: UInt32 = 0

    init(format: AACFormat) {
        self.format = format
    }

    /// Forgets a frame of which a packet is missing.
    mutating func lose() {
        partial.removeAll(keepingCapacity: true)
        partialSize = 0
    }

    /// False if the packet could not be used.
    mutating func receive(
        _ payload: Span<UInt8>,
        timestamp: UInt32,
        _ events: inout EventQueue
    ) -> Bool {
        guard payload.count >= 2 else { return payload.isEmpty }
        let headerBits = Int(payload[0]) << 8 | Int(payload[1])
        var position = 2 + (headerBits + 7) / 8
        let firstBits = format.sizeLength + format.indexLength
        let otherBits = format.sizeLength + format.indexDeltaLength
        guard position <= payload.count, headerBits >= firstBits else { return false }
        let count = 1 + (headerBits - firstBits) / otherBits
        guard count <= Self.frameCountLimit else { return false }
        // The rest of the frame that was begun did not come.
        let isCut = !partial.isEmpty && count > 1
        if isCut { lose() }
        var bit = 16
        var time = timestamp
        for index in 0..<count {
            let size = Self.bits(payload, at: bit, format.sizeLength)
            bit += format.sizeLength
            let indexBits = index == 0 ? format.indexLength : format.indexDeltaLength
            // Interleaved frames would need a buffer of minutes; no camera sends them.
            guard Self.bits(payload, at: bit, indexBits) == 0 || index == 0 else { return false }
            bit += indexBits
            guard size > 0, size <= Self.frameLimit else { return false }
            let here = payload.count - position
            if size > here || !partial.isEmpty {
                guard count == 1 else { return false }
                return fragment(payload.extracting(position...), size, timestamp, &events)
            }
            var frame: [UInt8] = []
            frame.append(copying: payload.extracting(position..<(position + size)))
            position += size
            emit(frame, time, &events)
            time &+= format.frameTicks
        }
        return !isCut
    }

    /// One piece of a frame; every piece repeats the whole frame's size and timestamp.
    private mutating func fragment(
        _ piece: Span<UInt8>,
        _ size: Int,
        _ timestamp: UInt32,
        _ events: inout EventQueue
    ) -> Bool {
        if !partial.isEmpty, size != partialSize || timestamp != partialTimestamp {
            lose()
            if size <= piece.count {
                var frame: [UInt8] = []
                frame.append(copying: piece.extracting(..<size))
                emit(frame, timestamp, &events)
                return false
            }
            partialSize = size
            partialTimestamp = timestamp
            partial.append(copying: piece)
            return false
        }
        partialSize = size
        partialTimestamp = timestamp
        let missing = size - partial.count
        partial.append(copying: piece.extracting(..<min(missing, piece.count)))
        guard partial.count == size else { return true }
        emit(partial, timestamp, &events)
        lose()
        return true
    }

    private func emit(_ frame: [UInt8], _ timestamp: UInt32, _ events: inout EventQueue) {
        let unit = MediaUnit(track: .audio, rtpTimestamp: timestamp, isKey: true, bytes: frame)
        events.append(.unit(unit))
    }

    /// Up to 16 bits; the caller has checked that the header section holds them.
    private static func bits(_ bytes: Span<UInt8>, at start: Int, _ count: Int) -> Int {
        var value = 0
        for offset in start..<(start + count) {
            let byte = offset / 8
            guard byte < bytes.count else { return 0 }
            value = value << 1 | Int(bytes[byte] >> UInt8(7 - offset % 8) & 1)
        }
        return value
    }
}
