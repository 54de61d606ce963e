import Domain

/// The parameter sets a camera has sent, by kind and id, compared by content.
///
/// `take` says whether anything is new; `parameters` builds what a muxer needs once a sequence and
/// a picture parameter set are there (for H.265 a video parameter set too).
struct ParameterSetStore {
    /// Bytes of one set. Real ones have under 1 KiB; the configuration record holds 16-bit lengths.
    static let sizeLimit = 8_192
    /// Sets of one kind. Cameras send one or two; the oldest is dropped beyond it.
    static let countLimit = 8

    private struct Entry {
        let id: UInt32
        let bytes: [UInt8]
    }

    private let codec: VideoCodec
    private var video: [Entry] = []
    private var sequence: [Entry] = []
    private var picture: [Entry] = []
    /// The sequence parameter set that changed last: it gives size and profile.
    private var active: UInt32 = 0

    init(codec: VideoCodec) {
        self.codec = codec
    }

    private enum Kind {
        case video
        case sequence
        case picture
    }

    /// What came of a set.
    enum Outcome {
        case unchanged
        case changed
        /// Not parseable, over a limit, or not a parameter set.
        case unusable
    }

    /// Keeps a NAL unit if it is a parameter set with new content.
    mutating func take(_ nal: Span<UInt8>) -> Outcome {
        guard nal.count <= Self.sizeLimit, let kind = kind(of: nal) else { return .unusable }
        if isKnown(nal, kind) { return .unchanged }
        var bytes: [UInt8] = []
        bytes.append(copying: nal)
        guard let id = id(of: bytes, kind) else { return .unusable }
        let entry = Entry(id: id, bytes: bytes)
        switch kind {
        case .video: Self.put(entry, into: &video)
        case .sequence:
            Self.put(entry, into: &sequence)
            active = id
        case .picture: Self.put(entry, into: &picture)
        }
        return .changed
    }

    /// Nil until the sets are complete.
    var parameters: VideoParameters? {
        guard let current = sequence.first(where: { $0.id == active }), !picture.isEmpty else {
            return nil
        }
        // The active set first: readers of the record take size and profile from it.
        let ordered = [current.bytes] + sequence.filter { $0.id != active }.map(\.bytes)
        let pictures = picture.map(\.bytes)
        switch codec {
        case .h264:
            guard let parsed = H264SequenceParameters(nal: current.bytes) else { return nil }
            return VideoParameters(
                codec: codec,
                parameterSets: ordered + pictures,
                configurationRecord: ConfigurationRecord.avcC(parsed, ordered, pictures),
                codecs: parsed.codecs,
                width: parsed.size.width,
                height: parsed.size.height
            )
        case .h265:
            guard !video.isEmpty, let parsed = H265SequenceParameters(nal: current.bytes) else {
                return nil
            }
            let videos = video.map(\.bytes)
            return VideoParameters(
                codec: codec,
                parameterSets: videos + ordered + pictures,
                configurationRecord: ConfigurationRecord.hvcC(parsed, videos, ordered, pictures),
                codecs: parsed.codecs,
                width: parsed.size.width,
                height: parsed.size.height
            )
        }
    }

    private func kind(of nal: Span<UInt8>) -> Kind? {
        switch codec {
        case .h264:
            guard nal.count >= 2 else { return nil }
            switch nal[0] & 0x1f {
            case 7: return .sequence
            case 8: return .picture
            default: return nil
            }
        case .h265:
            guard nal.count >= 3 else { return nil }
            switch nal[0] >> 1 & 0x3f {
            case 32: return .video
            case 33: return .sequence
            case 34: return .picture
            default: return nil
            }
        }
    }

    private func id(of nal: [UInt8], _ kind: Kind) -> UInt32? {
        switch kind {
        case .video: return UInt32(nal[2] >> 4)
        case .sequence:
            return codec == .h264
                ? H264SequenceParameters(nal: nal)?.id : H265SequenceParameters(nal: nal)?.id
        case .picture:
            var reader = BitReader(nal: nal, headerLength: codec == .h264 ? 1 : 2)
            let id = reader.unsigned()
            return reader.overrun || id > 255 ? nil : id
        }
    }

    private func isKnown(_ nal: Span<UInt8>, _ kind: Kind) -> Bool {
        switch kind {
        case .video: Self.holds(video, nal)
        case .sequence: Self.holds(sequence, nal)
        case .picture: Self.holds(picture, nal)
        }
    }

    private static func holds(_ entries: [Entry], _ nal: Span<UInt8>) -> Bool {
        for entry in entries where entry.bytes.count == nal.count {
            if nal.indices.allSatisfy({ nal[$0] == entry.bytes[$0] }) { return true }
        }
        return false
    }

    private static func put(_ entry: Entry, into entries: inout [Entry]) {
        if let index = entries.firstIndex(where: { $0.id == entry.id }) {
            entries[index] = entry
            return
        }
        if entries.count == countLimit { entries.removeFirst() }
        entries.append(entry)
    }
}
