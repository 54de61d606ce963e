import Domain
import Foundation
import MediaIO
import Testing

/// Muxes real pictures and lets ffmpeg judge the result.
@Suite struct FragmentMuxerTests {
    private static let h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0"]
    private static let h264Reordered = ["-c:v", "libx264", "-g", "25", "-bf", "2"]
    private static let h265 = [
        "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=25",
    ]

    /// Writes units in fragments of about half a second; returns the file.
    private static func mux(
        _ clip: Clip,
        from start: MediaTime = .zero,
        units: [Clip.Unit]? = nil
    ) throws -> [UInt8] {
        var muxer = try FragmentMuxer(video: clip.video, audio: clip.audio)
        var file = muxer.initialization
        var next = MediaTime(milliseconds: 500)
        for unit in units ?? clip.units {
            if unit.track == .video, unit.decode >= next {
                file += try muxer.flushFragment()
                next += MediaTime(milliseconds: 500)
            }
            try muxer.append(
                unit.track,
                bytes: unit.bytes,
                decode: start + unit.decode,
                presentation: start + unit.presentation,
                duration: unit.duration,
                isKey: unit.isKey
            )
        }
        return file + (try muxer.flushFragment())
    }

    private static func write(_ bytes: [UInt8]) throws -> String {
        let path = "/tmp/sparc-mux-\(UInt64.random(in: 0 ... .max)).mp4"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Decode times of all `tfdt` boxes, in file order with their track.
    private static func decodeTimes(_ file: [UInt8]) -> [UInt32: [UInt64]] {
        var times: [UInt32: [UInt64]] = [:]
        var track: UInt32 = 0
        for index in 4..<(file.count - 16) {
            let name = file[index..<(index + 4)]
            if name.elementsEqual("tfhd".utf8) {
                track = file[(index + 8)..<(index + 12)].reduce(0) { $0 << 8 | UInt32($1) }
            } else if name.elementsEqual("tfdt".utf8) {
                let width = file[index + 4] == 1 ? 8 : 4
                let value = file[(index + 8)..<(index + 8 + width)].reduce(UInt64(0)) {
                    $0 << 8 | UInt64($1)
                }
                times[track, default: []].append(value)
            }
        }
        return times
    }

    private static func packetCounts(_ path: String) throws -> [String] {
        try Program.run(
            "ffprobe",
            [
                "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of",
                "csv=p=0", path,
            ]
        ).output.split(separator: "\n").map { String($0) }
    }

    @Test(arguments: [VideoCodec.h264, .h265])
    func `what is muxed decodes without a word and loses nothing`(codec: VideoCodec) throws {
        let clip = try Clip.make(codec, encoder: codec == .h264 ? Self.h264 : Self.h265)
        let path = try Self.write(try Self.mux(clip))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Program.decodeStrictly(path) == "")
        let video = clip.units.count { $0.track == .video }
        let audio = clip.units.count { $0.track == .audio }
        #expect(video == 50)
        #expect(try Self.packetCounts(path) == ["\(video)", "\(audio)"])
    }

    @Test func `reordered pictures keep their presentation times`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264Reordered, hasAudio: false)
        let path = try Self.write(try Self.mux(clip))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Program.decodeStrictly(path) == "")
        let shown = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "packet=pts,dts", "-of", "csv=p=0", path]
        ).output.split(separator: "\n").map { String($0) }
        #expect(
            shown == clip.units.map { "\($0.presentation.ticks),\($0.decode.ticks)" }
        )
    }

    @Test func `a later muxer continues the timeline of its run`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264)
        let start = MediaTime(seconds: 3_600)
        let times = Self.decodeTimes(try Self.mux(clip, from: start))
        let video = try #require(times[1])
        // Fragments begin with the first picture at or after each half second.
        #expect(video == [0, 46_800, 90_000, 136_800].map { 3_600 * 90_000 + $0 })
        let firstAudio = try #require(clip.units.first { $0.track == .audio })
        let samples = (firstAudio.decode.seconds * 44_100).rounded() + 3_600 * 44_100
        #expect(try #require(times[2]).first == UInt64(samples))
    }

    @Test func `audio that begins later stays later`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264)
        let late = MediaTime(milliseconds: 100)
        let units = clip.units.filter { $0.track == .video || $0.decode >= late }
        let first = try #require(units.first { $0.track == .audio })
        let times = Self.decodeTimes(try Self.mux(clip, units: units))
        #expect(times[2]?.first == UInt64((first.decode.seconds * 44_100).rounded()))
        #expect(first.decode >= late)
    }

    @Test func `equal parameters give equal initialization bytes`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264)
        let first = try FragmentMuxer(video: clip.video, audio: clip.audio)
        let second = try FragmentMuxer(video: clip.video, audio: clip.audio)
        let bytes = first.initialization
        #expect(bytes == second.initialization)
        #expect(bytes[4..<8].elementsEqual("ftyp".utf8))
        #expect(Self.decodeTimes(bytes).isEmpty)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("Lavf"))
    }

    @Test func `nothing appended gives no fragment`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264, hasAudio: false)
        var muxer = try FragmentMuxer(video: clip.video, audio: nil)
        let bytes = try muxer.flushFragment()
        #expect(bytes.isEmpty)
    }

    @Test func `parameters that no file can hold are an error`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264, hasAudio: false)
        var wrong: [VideoParameters] = []
        for size in [(0, 240), (320, 0), (100_000, 240), (-1, 1)] {
            var video = clip.video
            (video.width, video.height) = size
            wrong.append(video)
        }
        for record in [[], [1, 2, 3], [UInt8](repeating: 1, count: 100_000)] as [[UInt8]] {
            var video = clip.video
            video.configurationRecord = record
            wrong.append(video)
        }
        for video in wrong {
            let error = #expect(throws: MediaIOError.self) {
                _ = try FragmentMuxer(video: video, audio: nil)
            }
            #expect(error?.code == .badParameters)
        }
        let audio = AudioParameters(
            configuration: [0x12],
            sampleRate: 44_100,
            channels: 1,
            clockRate: 44_100,
            codecs: ""
        )
        #expect(throws: MediaIOError.self) {
            _ = try FragmentMuxer(video: clip.video, audio: audio)
        }
    }

    @Test func `a bad unit is refused and the next one is taken`() throws {
        let clip = try Clip.make(.h264, encoder: Self.h264, hasAudio: false)
        var muxer = try FragmentMuxer(video: clip.video, audio: nil)
        let unit = clip.units[0]
        func refused(_ bytes: [UInt8], _ track: TrackKind, _ decode: Int64, _ later: Int64) -> Bool
        {
            do throws(MediaIOError) {
                try muxer.append(
                    track,
                    bytes: bytes,
                    decode: MediaTime(ticks: decode),
                    presentation: MediaTime(ticks: decode &+ later),
                    duration: MediaTime(ticks: 3_600),
                    isKey: true
                )
                return false
            } catch {
                return error.code == .badUnit
            }
        }
        #expect(refused([], .video, 0, 0))
        #expect(refused(unit.bytes, .video, -1, 0))
        #expect(refused(unit.bytes, .video, .max, 0))
        #expect(refused(unit.bytes, .video, 0, -1))
        #expect(refused(unit.bytes, .video, 0, .max))
        #expect(refused([1], .audio, 0, 0))
        #expect(!refused(unit.bytes, .video, 0, 0))
        // A decode time that does not rise is moved behind the last.
        #expect(!refused(unit.bytes, .video, 0, 0))
        let bytes = try muxer.flushFragment()
        #expect(bytes.count > unit.bytes.count * 2)
    }
}
