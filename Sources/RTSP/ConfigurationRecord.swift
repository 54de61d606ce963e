import Domain

/// Builds the decoder configuration records of ISO/IEC 14496-15 from whole parameter sets.
enum ConfigurationRecord {
    /// AVCDecoderConfigurationRecord, 5.3.3.1. At most 31 and 255 sets by its fields; the store
    /// keeps fewer.
    static func avcC(
        _ parsed: H264SequenceParameters,
        _ sequence: [[UInt8]],
        _ picture: [[UInt8]]
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([1, parsed.profile, parsed.constraints, parsed.level, 0xff])
        writer.append([0xe0 | UInt8(truncatingIfNeeded: sequence.count & 31)])
        append(sequence, to: &writer)
        writer.append([UInt8(truncatingIfNeeded: picture.count)])
        append(picture, to: &writer)
        if parsed.hasHighFields {
            writer.append([
                0xfc | parsed.chromaFormat, 0xf8 | (parsed.lumaDepth - 8),
                0xf8 | (parsed.chromaDepth - 8), 0,
            ])
        }
        return writer.bytes
    }

    /// HEVCDecoderConfigurationRecord, 8.3.3.1, with complete arrays as `hvc1` wants them.
    static func hvcC(
        _ parsed: H265SequenceParameters,
        _ video: [[UInt8]],
        _ sequence: [[UInt8]],
        _ picture: [[UInt8]]
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([1])
        writer.append(parsed.profileTierLevel)
        // Segmentation and parallelism unknown; frame rate unspecified.
        writer.append([0xf0, 0, 0xfc, 0xfc | parsed.chromaFormat])
        writer.append([0xf8 | (parsed.lumaDepth - 8), 0xf8 | (parsed.chromaDepth - 8), 0, 0])
        writer.append([parsed.temporalLayers << 3 | (parsed.isTemporalIDNested ? 4 : 0) | 3, 3])
        for (type, sets) in [(UInt8(32), video), (33, sequence), (34, picture)] {
            writer.append([0x80 | type])
            writer.unsigned(UInt64(sets.count), 2)
            append(sets, to: &writer)
        }
        return writer.bytes
    }

    private static func append(_ sets: [[UInt8]], to writer: inout ByteWriter) {
        for set in sets {
            writer.unsigned(UInt64(set.count), 2)
            writer.append(set)
        }
    }
}
