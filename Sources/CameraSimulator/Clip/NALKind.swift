import Domain

/// What a NAL unit is to the farm.
enum NALKind: Hashable, Sendable {
    case slice(isKey: Bool)
    case parameterSet
    case other

    init(_ unit: [UInt8], codec: VideoCodec) {
        switch codec {
        case .h264:
            switch unit[0] & 0x1f {
            case 5: self = .slice(isKey: true)
            case 1...4: self = .slice(isKey: false)
            case 7, 8: self = .parameterSet
            default: self = .other
            }
        case .h265:
            switch unit[0] >> 1 & 0x3f {
            case 16...23: self = .slice(isKey: true)
            case 0...15: self = .slice(isKey: false)
            case 32, 33, 34: self = .parameterSet
            default: self = .other
            }
        }
    }

    var isKey: Bool {
        self == .slice(isKey: true)
    }
}
