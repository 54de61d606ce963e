import Domain

/// What of a description is recorded: the first supported video track and the first AAC track, and
/// a warning for everything else.
struct TrackPlan {
    struct Video {
        let codec: VideoCodec
        let payloadType: UInt8
        let clockRate: Int
        let control: String?
        /// The NAL units of the `sprop` parameters.
        let parameterSets: [[UInt8]]
    }

    struct Audio {
        let format: AACFormat
        let payloadType: UInt8
        let control: String?
    }

    private(set) var video: Video?
    private(set) var audio: Audio?
    private(set) var warnings: [String] = []

    init(_ description: SessionDescription) {
        for media in description.media {
            switch media.kind {
            case "video": planVideo(media)
            case "audio": planAudio(media)
            default:
                let name = ASCII.shown(media.kind)
                warnings.append("the camera's \(name) track is not recorded")
            }
        }
    }

    private mutating func planVideo(_ media: SessionDescription.Media) {
        for type in media.payloadTypes where media.isRTP {
            guard let encoding = media.encodings[type] else { continue }
            let format = media.formats[type] ?? FormatParameters("")
            let codec: VideoCodec
            switch encoding.name {
            case "H264": codec = .h264
            case "H265", "HEVC": codec = .h265
            default: continue
            }
            if codec == .h264, format.number("packetization-mode") == 2 { continue }
            if codec == .h265, format.number("sprop-max-don-diff") ?? 0 > 0 { continue }
            guard video == nil else {
                warnings.append("a second video track is not recorded")
                return
            }
            video = Video(
                codec: codec,
                payloadType: type,
                clockRate: encoding.clockRate > 0 ? encoding.clockRate : 90_000,
                control: media.control,
                parameterSets: Self.parameterSets(format, codec)
            )
            return
        }
        warnings.append(
            "video coded as \(Self.name(media)) is not supported; set the camera to H.264 or H.265"
        )
    }

    private mutating func planAudio(_ media: SessionDescription.Media) {
        for type in media.payloadTypes where media.isRTP {
            guard let encoding = media.encodings[type], encoding.name == "MPEG4-GENERIC",
                let parameters = media.formats[type]
            else { continue }
            let rate = encoding.clockRate
            guard rate > 0, let format = AACFormat(parameters, clockRate: rate) else { continue }
            guard audio == nil else {
                warnings.append("a second audio track is not recorded")
                return
            }
            audio = Audio(format: format, payloadType: type, control: media.control)
            return
        }
        warnings.append(
            "audio coded as \(Self.name(media)) is not recorded; set the camera to AAC"
        )
    }

    private static func name(_ media: SessionDescription.Media) -> String {
        guard let type = media.payloadTypes.first else { return "an unknown format" }
        if let encoding = media.encodings[type] {
            switch encoding.name {
            case "PCMU": return "G.711 (PCMU)"
            case "PCMA": return "G.711 (PCMA)"
            default:
                let shown = ASCII.shown(encoding.name)
                return shown.isEmpty ? "an unknown format" : shown
            }
        }
        // RFC 3551 section 6: what needs no rtpmap.
        let fixed: [UInt8: String] = [
            0: "G.711 (PCMU)", 8: "G.711 (PCMA)", 9: "G.722", 14: "MPA", 26: "JPEG", 32: "MPV",
            33: "MPEG-TS",
        ]
        return fixed[type] ?? "payload type \(type)"
    }

    private static func parameterSets(
        _ format: FormatParameters,
        _ codec: VideoCodec
    ) -> [[UInt8]] {
        let names =
            codec == .h264
            ? ["sprop-parameter-sets"] : ["sprop-vps", "sprop-sps", "sprop-pps"]
        var sets: [[UInt8]] = []
        for text in names.compactMap({ format[$0] }) {
            for piece in text.split(separator: ",").prefix(ParameterSetStore.countLimit * 2) {
                // A broken one is as good as a missing one: the sets come in-band too.
                guard let bytes = Base64.bytes(ASCII.trimmed(piece)) else { continue }
                for range in StartCodes.split(bytes.span) { sets.append(Array(bytes[range])) }
            }
        }
        return sets
    }
}
