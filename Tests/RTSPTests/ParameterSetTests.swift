import Domain
import Testing

@testable import RTSP

@Suite struct ParameterSetTests {
    private func keep(_ set: [UInt8], in store: inout ParameterSetStore) {
        _ = store.take(set.span)
    }

    private func firstStartCode(_ bytes: [UInt8]) -> Int? {
        StartCodes.first(in: bytes.span)
    }

    private func pieces(_ bytes: [UInt8]) -> [Range<Int>] {
        StartCodes.split(bytes.span)
    }

    @Test func `H264 sizes come out after cropping, interlaced too`() throws {
        let table: [([UInt8], Int, Int, String)] = [
            (Samples.sps1080, 1_920, 1_080, "avc1.42c028"),
            (Samples.sps360, 640, 360, "avc1.42c01e"),
            (Samples.spsInterlaced, 1_920, 1_080, "avc1.4d4028"),
        ]
        for (nal, width, height, codecs) in table {
            let parsed = try #require(H264SequenceParameters(nal: nal))
            #expect(parsed.size.width == width)
            #expect(parsed.size.height == height)
            #expect(parsed.codecs == codecs)
        }
    }

    @Test func `H265 sizes, depths and codecs come out`() throws {
        let parsed = try #require(H265SequenceParameters(nal: Samples.sps265))
        #expect(parsed.size.width == 1_920)
        #expect(parsed.size.height == 1_080)
        #expect(parsed.codecs == "hvc1.1.6.L120.90")
        #expect(parsed.lumaDepth == 8)
        #expect(parsed.chromaFormat == 1)
        #expect(H265SequenceParameters(nal: Samples.small265)?.size.height == 360)
    }

    @Test func `the avcC record is the one that ffmpeg writes`() throws {
        var store = ParameterSetStore(codec: .h264)
        keep(Samples.sps1080, in: &store)
        #expect(store.parameters == nil)
        keep(Samples.pps, in: &store)
        let expected = Samples.hex(
            "0142c028ffe10019" + Hex.text(Samples.sps1080) + "010004" + Hex.text(Samples.pps)
        )
        #expect(store.parameters?.configurationRecord == expected)
        #expect(store.parameters?.parameterSets == [Samples.sps1080, Samples.pps])
    }

    @Test func `the hvcC record is ffmpeg's with complete arrays`() throws {
        var store = ParameterSetStore(codec: .h265)
        for set in [Samples.pps265, Samples.sps265, Samples.vps265] { keep(set, in: &store) }
        let expected = Samples.hex(
            "01016000000090000000000078f000fcfdf8f800000f03"
                + "a000010018" + Hex.text(Samples.vps265)
                + "a10001002b" + Hex.text(Samples.sps265)
                + "a200010006" + Hex.text(Samples.pps265)
        )
        #expect(store.parameters?.configurationRecord == expected)
    }

    @Test func `every cut of a sequence parameter set is refused or read, never trapped on`() {
        for nal in [Samples.sps1080, Samples.spsInterlaced, Samples.sps265, Samples.small265] {
            for length in 0...nal.count {
                _ = H264SequenceParameters(nal: Array(nal.prefix(length)))
                _ = H265SequenceParameters(nal: Array(nal.prefix(length)))
            }
            for index in nal.indices {
                for bit in 0..<8 {
                    var flipped = nal
                    flipped[index] ^= 1 << UInt8(bit)
                    if let size = H264SequenceParameters(nal: flipped)?.size {
                        #expect(size.width <= PictureSize.sideLimit && size.width > 0)
                    }
                    if let size = H265SequenceParameters(nal: flipped)?.size {
                        #expect(size.height <= PictureSize.sideLimit && size.height > 0)
                    }
                }
            }
        }
    }

    @Test func `sizes that no camera sends are refused`() {
        #expect(PictureSize(coded: 65_536, by: 64, cropping: 0, 0) == nil)
        #expect(PictureSize(coded: 64, by: 64, cropping: 64, 0) == nil)
        #expect(PictureSize(coded: 64, by: 64, cropping: .max, 0) == nil)
        #expect(PictureSize(coded: 0, by: 64, cropping: 0, 0) == nil)
    }

    @Test func `sets of more ids than are kept do not grow the store`() {
        var store = ParameterSetStore(codec: .h265)
        for set in [Samples.sps265, Samples.pps265] { keep(set, in: &store) }
        for id in UInt8(0)..<16 {
            var set = Samples.vps265
            set[2] = id << 4 | 0x0c
            keep(set, in: &store)
        }
        #expect(store.parameters?.parameterSets.count == ParameterSetStore.countLimit + 2)
    }

    @Test func `an H265 key picture says which sequence parameter set counts`() throws {
        let other = Samples.renumbered(Samples.small265, at: 15, ids: 1)
        let pps = Samples.renumbered(Samples.pps265, at: 2, ids: 2)
        #expect(H265SequenceParameters(nal: other)?.id == 1)
        var store = ParameterSetStore(codec: .h265)
        for set in [Samples.vps265, Samples.sps265, Samples.pps265, other, pps] {
            keep(set, in: &store)
        }
        #expect(store.parameters?.height == 360)
        // IDR_W_RADL, first slice, no_output_of_prior_pics_flag 0, then the id: 1 or 010.
        let (zero, one): ([UInt8], [UInt8]) = ([0x26, 1, 0b1010_0000], [0x26, 1, 0b1001_0000])
        for (slice, isOther, height) in [
            (zero, true, 1_080), (zero, false, 1_080), (one, true, 360), ([0x26, 1], false, 360),
            ([0x26, 1, 0b1000_1000], false, 360),
        ] {
            let changed = store.use(slice: slice)
            #expect(changed == isOther)
            #expect(store.parameters?.height == height)
        }
    }

    @Test func `start codes are found wherever they begin`() {
        for offset in 0..<9 {
            let bytes = [UInt8](repeating: 9, count: offset) + [0, 0, 1, 5, 5]
            #expect(firstStartCode(bytes) == offset)
        }
        let two: [UInt8] = [0, 0, 0, 1, 7, 7, 0, 0, 0, 1, 0, 0, 1, 8]
        #expect(pieces(two) == [4..<6, 13..<14])
        #expect(pieces([]).isEmpty)
        #expect(pieces([0, 0, 0]).isEmpty)
        #expect(firstStartCode([0, 0, 2, 0, 1]) == nil)
    }
}
