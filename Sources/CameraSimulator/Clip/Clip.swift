import Domain
import FoundationEssentials

/// A clip in memory, packetised: pictures that repeat from the first, and audio that repeats by
/// itself. Standard files: `NAME.h264` or `NAME.h265` (Annex B), beside it `NAME.aac` (ADTS, may
/// be missing) and `NAME.times` (composition offsets in 90 kHz ticks, one line per picture; only
/// for clips with B pictures).
struct Clip: Sendable {
    /// A clip's file is read whole; more is a mistake.
    static let fileBytesMax = 64 << 20

    let name: String
    let codec: VideoCodec
    let parameterSets: [[UInt8]]
    let pictures: [PacketTemplate]
    /// The same pictures with parameter sets and SEI in one aggregation packet.
    let aggregatedPictures: [PacketTemplate]
    let audio: ADTS?
    let audioPackets: [PacketTemplate]
    /// The coded pictures, for what must be packetised anew.
    let units: [AccessUnit]

    /// - Throws: FarmError naming the file and what is wrong with it.
    init(path: String) throws {
        let url = URL(fileURLWithPath: path)
        name = url.deletingPathExtension().lastPathComponent
        switch url.pathExtension {
        case "h264", "264": codec = .h264
        case "h265", "265", "hevc": codec = .h265
        default:
            throw FarmError("\(path): a clip is a .h264 or .h265 file (Annex B)")
        }
        var pictures = AnnexB.pictures(try Self.read(path), codec: codec)
        guard let first = pictures.first, first.isKey else {
            throw FarmError("\(path): does not begin with a key picture")
        }
        let codec = self.codec
        parameterSets = first.units.filter { NALKind($0, codec: codec) == .parameterSet }
        guard parameterSets.count >= (codec == .h264 ? 2 : 3) else {
            throw FarmError("\(path): has no parameter sets before its first picture")
        }
        let stem = url.deletingPathExtension().path
        if FileManager.default.fileExists(atPath: stem + ".times") {
            let text = String(decoding: try Self.read(stem + ".times"), as: UTF8.self)
            let offsets = text.split(separator: "\n").compactMap { Int($0) }
            guard offsets.count == pictures.count else {
                throw FarmError(
                    "\(stem).times: has \(offsets.count) lines for \(pictures.count) pictures"
                )
            }
            for index in pictures.indices { pictures[index].compositionOffset = offsets[index] }
        }
        units = pictures
        self.pictures = pictures.map { Packetizer.picture($0, codec: codec, aggregate: false) }
        aggregatedPictures = pictures.map { Packetizer.picture($0, codec: codec, aggregate: true) }
        if FileManager.default.fileExists(atPath: stem + ".aac") {
            guard let adts = ADTS(try Self.read(stem + ".aac")) else {
                throw FarmError("\(stem).aac: is not AAC in ADTS frames of one configuration")
            }
            audio = adts
            audioPackets = adts.frames.map(Packetizer.audio)
        } else {
            audio = nil
            audioPackets = []
        }
    }

    /// Pictures from the first key picture to the next.
    var groupLength: Int {
        let keys = pictures.indices.filter { pictures[$0].isKey }
        return keys.count > 1 ? keys[1] : pictures.count
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FarmError("\(path): cannot be read; name a clip of the Fixtures folder")
        }
        guard data.count <= fileBytesMax else {
            throw FarmError("\(path): is larger than \(fileBytesMax >> 20) MiB")
        }
        return Array(data)
    }
}
