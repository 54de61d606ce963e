import Domain

/// What the assembler does with a NAL unit, by its type.
enum NALUnitKind: Equatable {
    /// A piece of a picture; `isKey` where decoding can begin, `isFirst` for its first slice.
    case slice(isKey: Bool, isFirst: Bool)
    /// VPS, SPS or PPS: collected, left out of the unit.
    case parameterSet
    /// SEI and what else belongs to a picture: kept as it came.
    case kept
    /// Access unit delimiters, filler and the end of the bitstream: left out.
    case dropped
    /// A type no stream has (0, or the aggregation and fragmentation types inside themselves).
    case invalid

    /// Reads the header of a NAL unit; one too short for its header is invalid.
    init(codec: VideoCodec, nal: Span<UInt8>) {
        switch codec {
        case .h264: self = Self.h264(nal)
        case .h265: self = Self.h265(nal)
        }
    }

    /// ISO/IEC 14496-10 table 7-1. A recovery point without IDR is no key: what it refers to may
    /// never have been recorded.
    private static func h264(_ nal: Span<UInt8>) -> NALUnitKind {
        guard nal.count >= 1 else { return .invalid }
        switch nal[0] & 0x1f {
        case 1, 2, 5:
            guard nal.count >= 2 else { return .invalid }
            // first_mb_in_slice = 0 is the single bit 1.
            return .slice(isKey: nal[0] & 0x1f == 5, isFirst: nal[1] & 0x80 != 0)
        case 3, 4: return .slice(isKey: false, isFirst: false)
        case 7, 8: return .parameterSet
        case 9, 11, 12, 13: return .dropped
        case 0, 24...31: return .invalid
        default: return .kept
        }
    }

    /// ISO/IEC 23008-2 table 7-1: 16...21 are the IRAP types.
    private static func h265(_ nal: Span<UInt8>) -> NALUnitKind {
        // A temporal id of -1 is forbidden; it is also what a start code looks like here.
        guard nal.count >= 2, nal[1] & 7 != 0 else { return .invalid }
        let type = nal[0] >> 1 & 0x3f
        switch type {
        case 0...31:
            guard nal.count >= 3 else { return .invalid }
            return .slice(isKey: 16...21 ~= type, isFirst: nal[2] & 0x80 != 0)
        case 32...34: return .parameterSet
        case 35, 37, 38: return .dropped
        case 48...63: return .invalid
        default: return .kept
        }
    }
}
