import Domain
import Foundation

/// A clip made by ffmpeg at test time, taken apart into the units that a camera would send.
struct Clip {
    struct Unit {
        let track: TrackKind
        let bytes: [UInt8]
        let decode: MediaTime
        let presentation: MediaTime
        let duration: MediaTime
        let isKey: Bool
    }

    struct Failure: Error {
        let message: String
    }

    let video: VideoParameters
    let audio: AudioParameters?
    /// In the order of the file, times on the media clock.
    let units: [Unit]

    /// Makes two seconds of test pattern and a tone.
    /// - Parameter encoder: ffmpeg's arguments for the video.
    static func make(_ codec: VideoCodec, encoder: [String], hasAudio: Bool = true) throws -> Clip {
        let folder = "/tmp/sparc-clip-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/clip.mp4"
        var arguments = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25"]
        if hasAudio { arguments += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"] }
        arguments += ["-t", "2"] + encoder
        if hasAudio { arguments += ["-c:a", "aac", "-b:a", "64k"] }
        arguments += ["-tag:v", codec == .h264 ? "avc1" : "hvc1", "-y", path]
        let made = try Program.run("ffmpeg", arguments)
        guard made.status == 0 else { throw Failure(message: made.errors) }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        return try Clip(codec, bytes, packets(path))
    }

    private init(_ codec: VideoCodec, _ file: [UInt8], _ packets: [Packet]) throws {
        let box = codec == .h264 ? "avcC" : "hvcC"
        guard let record = Self.content(of: box, in: file) else {
            throw Failure(message: "no \(box)")
        }
        video = VideoParameters(
            codec: codec,
            parameterSets: [],
            configurationRecord: record,
            codecs: codec == .h264 ? "avc1.64000d" : "hvc1.1.6.L60.90",
            width: 320,
            height: 240
        )
        audio =
            packets.contains { !$0.isVideo }
            ? AudioParameters(
                configuration: [0x12, 0x08],
                sampleRate: 44_100,
                channels: 1,
                clockRate: 44_100,
                codecs: "mp4a.40.2"
            ) : nil
        let firstDecode = packets.filter(\.isVideo).map(\.decode).min() ?? 0
        units = packets.compactMap { packet in
            let decode = MediaTime(seconds: packet.decode - firstDecode)
            guard decode.ticks >= 0 else { return nil }
            return Unit(
                track: packet.isVideo ? .video : .audio,
                bytes: Array(file[packet.position..<(packet.position + packet.size)]),
                decode: decode,
                presentation: MediaTime(seconds: packet.presentation - firstDecode),
                duration: MediaTime(seconds: packet.duration),
                isKey: packet.isKey
            )
        }
    }

    private struct Packet {
        let isVideo: Bool
        let presentation: Double
        let decode: Double
        let duration: Double
        let size: Int
        let position: Int
        let isKey: Bool
    }

    private static func packets(_ path: String) throws -> [Packet] {
        let list = try Program.run(
            "ffprobe",
            [
                "-v", "error", "-show_entries",
                "packet=codec_type,pts_time,dts_time,duration_time,size,pos,flags",
                "-of", "compact=p=0:nk=0", path,
            ]
        )
        return list.output.split(separator: "\n").compactMap { line in
            var fields: [Substring: Substring] = [:]
            for field in line.split(separator: "|") {
                let pair = field.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { fields[pair[0]] = pair[1] }
            }
            guard let type = fields["codec_type"],
                let presentation = fields["pts_time"].flatMap({ Double($0) }),
                let decode = fields["dts_time"].flatMap({ Double($0) }),
                let duration = fields["duration_time"].flatMap({ Double($0) }),
                let size = fields["size"].flatMap({ Int($0) }),
                let position = fields["pos"].flatMap({ Int($0) })
            else { return nil }
            return Packet(
                isVideo: type == "video",
                presentation: presentation,
                decode: decode,
                duration: duration,
                size: size,
                position: position,
                isKey: fields["flags"]?.hasPrefix("K") ?? false
            )
        }
    }

    /// The content of the first box with a name.
    private static func content(of name: String, in file: [UInt8]) -> [UInt8]? {
        let pattern = Array(name.utf8)
        for index in 4..<(file.count - 4) where file[index] == pattern[0] {
            guard Array(file[index..<(index + 4)]) == pattern else { continue }
            let size = file[(index - 4)..<index].reduce(0) { $0 << 8 | Int($1) }
            guard size > 8, index - 4 + size <= file.count else { continue }
            return Array(file[(index + 4)..<(index - 4 + size)])
        }
        return nil
    }
}
