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
    /// Bytes of a slice that `use` reads: three numbers of at most 63 bits, and a header.
    static let sliceBytes = 32

    private struct Entry {
        let id: UInt32
        let bytes: [UInt8]
        /// Of a picture parameter set: the sequence parameter set that goes with it.
        var sequence: UInt32?
    }

    private let codec: VideoCodec
    private var video: [Entry] = []
    private var sequence: [Entry] = []
    private var picture: [Entry] = []
    /// The sequence parameter set that changed last, or that a key picture referred to since: it
    /// gives size and profile.
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
        let sequenceID = kind == .picture ? pictureIDs(bytes).sequence : nil
        let entry = Entry(id: id, bytes: bytes, sequence: sequenceID)
        switch kind {
        case .video: Self.put(entry, into: &video)
        case .sequence:
            Self.put(entry, into: &sequence)
            active = id
        case .picture: Self.put(entry, into: &picture)
        }
        return .changed
    }

    /// The first bytes of a key picture's slice: the sequence parameter set that it refers to, by way of a picture
    /// parameter set, is the one that counts. True if it was another.
    ///
    /// Cameras that switch to and fro repeat sets that are known, and some send sets that no
    /// picture uses.
    mutating func use(slice head: [UInt8]) -> Bool {
        var reader = BitReader(nal: head, headerLength: headerLength)
        switch codec {
        case .h264:
            // first_mb_in_slice and slice_type, ISO/IEC 14496-10 7.3.3.
            _ = reader.unsigned()
            _ = reader.unsigned()
        case .h265:
            // first_slice_segment_in_pic_flag and no_output_of_prior_pics_flag, which all key
            // pictures have, ISO/IEC 23008-2 7.3.6.1.
            reader.skip(2)
        }
        let id = reader.unsigned()
        guard !reader.overrun, let set = picture.first(where: { $0.id == id })?.sequence,
            set != active, sequence.contains(where: { $0.id == set })
        else { return false }
        active = set
        return true
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
            return pictureIDs(nal).own
        }
    }

    private var headerLength: Int {
        codec == .h264 ? 1 : 2
    }

    /// A picture parameter set's id and that of the sequence parameter set it refers to; nil where
    /// it is cut or out of range.
    private func pictureIDs(_ nal: [UInt8]) -> (own: UInt32?, sequence: UInt32?) {
        var reader = BitReader(nal: nal, headerLength: headerLength)
        let own = reader.unsigned()
        guard !reader.overrun, own <= 255 else { return (nil, nil) }
        let sequence = reader.unsigned()
        return (own, reader.overrun || sequence > 31 ? nil : sequence)
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
