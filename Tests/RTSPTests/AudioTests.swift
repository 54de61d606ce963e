import Domain
import Testing

@testable import RTSP

@Suite struct AudioTests {
    /// One packet of whole frames: AU headers of 13 + 3 bits.
    private static func packet(_ sizes: [Int], _ data: [UInt8]) -> [UInt8] {
        let bits = sizes.count * 16
        let headers = sizes.flatMap { [UInt8($0 >> 5), UInt8($0 << 3 & 255)] }
        return [UInt8(bits >> 8), UInt8(bits & 255)] + headers + data
    }

    private static func play(_ build: (inout Transcript) -> Void) throws -> Session {
        var transcript = Transcript.handshake(
            sdp: Transcript.videoSDP + Transcript.audioSDP,
            tracks: 2
        )
        build(&transcript)
        return try Session.playing(transcript)
    }

    @Test func `frames of one packet get one frame's ticks each`() throws {
        let session = try Self.play {
            let data: [UInt8] = [1, 1, 1, 2, 2, 3]
            $0.rtp(Self.packet([3, 2, 1], data), time: 4_294_967_000, channel: 2, type: 97)
        }
        #expect(session.units.map(\.bytes) == [[1, 1, 1], [2, 2], [3]])
        #expect(session.units.map(\.rtpTimestamp) == [4_294_967_000, 728, 1_752])
        #expect(session.units.allSatisfy { $0.track == .audio && $0.isKey })
    }

    @Test func `a frame over several packets is put together`() throws {
        let frame = [UInt8](repeating: 7, count: 2_000)
        let session = try Self.play {
            $0.rtp(Self.packet([2_000], Array(frame[..<900])), time: 5, channel: 2, type: 97)
            $0.rtp(
                Self.packet([2_000], Array(frame[900...])),
                time: 5,
                marker: true,
                channel: 2,
                type: 97
            )
        }
        #expect(session.units.map(\.bytes) == [frame])
        #expect(session.lost(.audio) == 0)
    }

    @Test func `a frame with a hole is dropped and the next one is good`() throws {
        let session = try Self.play {
            $0.rtp(
                Self.packet([1_000], [UInt8](repeating: 1, count: 400)),
                time: 5,
                channel: 2,
                type: 97
            )
            $0.rtp(Self.packet([4], [9, 9, 9, 9]), time: 6, channel: 2, type: 97, lost: 1)
            $0.rtp(
                Self.packet([1_000], [UInt8](repeating: 1, count: 400)),
                time: 7,
                channel: 2,
                type: 97
            )
            $0.rtp(Self.packet([1, 1], [4, 5]), time: 8, channel: 2, type: 97)
        }
        #expect(session.units.map(\.bytes) == [[9, 9, 9, 9], [4], [5]])
        #expect(session.lost(.audio) == 2)
    }

    @Test(arguments: [
        [] as [UInt8], [0], [0, 0], [0xff, 0xff], [0, 16, 0xff, 0xf8, 1], [0, 16, 0, 0, 1],
        [0, 32, 0, 8, 0xff, 0xf8, 1, 2], [0, 32, 0, 8, 0, 9, 1, 2], [0, 15, 0, 8, 1],
    ])
    func `lengths that lie give nothing`(_ payload: [UInt8]) throws {
        let session = try Self.play { $0.rtp(payload, time: 1, channel: 2, type: 97) }
        #expect(session.units.count <= 1)
        #expect(session.failure == nil)
    }

    @Test(arguments: [
        ("1190", 48_000, 48_000, 2, "mp4a.40.2"), ("1408", 16_000, 16_000, 1, "mp4a.40.2"),
        ("2b098800", 24_000, 48_000, 1, "mp4a.40.5"),
    ])
    func `the audio configuration is read`(
        _ text: String,
        _ core: Int,
        _ shown: Int,
        _ channels: Int,
        _ codecs: String
    ) throws {
        let audio = try #require(AudioConfiguration(Samples.hex(text)))
        #expect(audio.coreRate == core)
        #expect(audio.sampleRate == shown)
        #expect(audio.channels == channels)
        #expect(audio.codecs == codecs)
    }

    @Test(arguments: ["", "11", "0000", "f8e98c00", "1180", "ffff"])
    func `what is no AAC has no configuration`(_ text: String) {
        #expect(AudioConfiguration(Samples.hex(text)) == nil)
    }

    @Test func `AAC in another packing is a warning and video goes on`() throws {
        let generic = Transcript.audioSDP.replacing("AAC-hbr", with: "CELP-vbr")
        let latm = "m=audio 0 RTP/AVP 98\r\na=rtpmap:98 MP4A-LATM/48000/2\r\n"
        for sdp in [generic, latm] {
            let session = try Session.playing(.handshake(sdp: Transcript.videoSDP + sdp))
            #expect(session.description?.audio == nil)
            #expect(session.description?.warnings.count == 1)
        }
    }
}
