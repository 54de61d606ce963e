import Domain
import Testing

@testable import RTSP

@Suite struct VideoTests {
    private static func play(_ build: (inout Transcript) -> Void) throws -> Session {
        var transcript = Transcript.handshake()
        build(&transcript)
        return try Session.playing(transcript)
    }

    private static func play265(_ build: (inout Transcript) -> Void) throws -> Session {
        var transcript = Transcript.handshake(sdp: Transcript.video265SDP)
        build(&transcript)
        return try Session.playing(transcript)
    }

    @Test func `single units, aggregates and fragments become pictures`() throws {
        let idr = Samples.idr(length: 3_000)
        let session = try Self.play {
            $0.rtp(
                Samples.aggregate([24], Samples.sps1080, Samples.pps, Samples.sei),
                time: 9_000
            )
            for piece in Samples.fragments(idr, size: 1_000) { $0.rtp(piece, time: 9_000) }
            $0.rtp([0x09, 0xf0], time: 9_000, marker: true)
            $0.rtp(Samples.slice(), time: 12_600, marker: true)
            $0.rtp(Samples.slice(7), time: 16_200)
            $0.rtp(Samples.slice(8), time: 19_800)
        }
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(Samples.sei, idr), Samples.unit(Samples.slice()),
                Samples.unit(Samples.slice(7)),
            ]
        )
        #expect(session.units.map(\.isKey) == [true, false, false])
        #expect(session.units.map(\.rtpTimestamp) == [9_000, 12_600, 16_200])
        #expect(session.parameters.isEmpty, "the SDP told them already")
        #expect(session.lost() == 0)
    }

    @Test func `slices of one picture stay together and filler is left out`() throws {
        let session = try Self.play {
            $0.rtp(Samples.idr(), time: 1)
            $0.rtp([0x0c, 0xff, 0xff, 0x80], time: 1)
            $0.rtp(Samples.laterSlice(key: true), time: 1, marker: true)
        }
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(Samples.idr(), Samples.laterSlice(key: true))
            ]
        )
    }

    @Test func `a recovery point without IDR is no key picture`() throws {
        let session = try Self.play {
            $0.rtp([0x06, 0x06, 0x01, 0xc4, 0x80], time: 1)
            $0.rtp(Samples.slice(), time: 1, marker: true)
        }
        #expect(session.units.map(\.isKey) == [false])
    }

    @Test func `parameter sets are told once and again only with other content`() throws {
        let session = try Self.play {
            for time in [UInt32(1), 2, 3] {
                $0.rtp(Samples.sps1080, time: time)
                $0.rtp(Samples.pps, time: time)
                $0.rtp(Samples.idr(), time: time, marker: true)
            }
            $0.rtp(Samples.sps360, time: 4)
            $0.rtp(Samples.pps, time: 4)
            $0.rtp(Samples.idr(), time: 4, marker: true)
        }
        #expect(session.parameters.map(\.width) == [640])
        let change = session.events.firstIndex { if case .parameters = $0 { true } else { false } }
        let last = session.events.lastIndex { if case .unit = $0 { true } else { false } }
        #expect(change.map { $0 + 1 } == last)
    }

    @Test func `the sets that a key picture refers to count, however often each was told`() throws {
        let sps = Samples.renumbered(Samples.sps360, at: 4, ids: 1)
        let pps = Samples.renumbered(Samples.pps, at: 1, ids: 2)
        #expect(H264SequenceParameters(nal: sps)?.id == 1)
        let session = try Self.play {
            for time: UInt32 in [1, 3] {
                $0.rtp(sps, time: time)
                $0.rtp(pps, time: time)
                // It begins with 1, 0001000, 010: picture parameter set 1.
                $0.rtp(Samples.idr(0x5a), time: time, marker: true)
                $0.rtp(Samples.sps1080, time: time + 1)
                $0.rtp(Samples.pps, time: time + 1)
                $0.rtp(Samples.idr(), time: time + 1, marker: true)
            }
            // The last one told is not the one in use.
            for set in [Samples.sps1080, sps, Samples.pps, pps] { $0.rtp(set, time: 5) }
            $0.rtp(Samples.idr(), time: 5, marker: true)
        }
        #expect(session.parameters.map(\.width) == [640, 1_920, 640, 1_920])
        #expect(session.units.count == 5)
        let first = session.parameters.map { $0.parameterSets.first }
        #expect(first == [sps, Samples.sps1080, sps, Samples.sps1080])
    }

    @Test func `without sets in the SDP they are told in-band before the first picture`() throws {
        let sdp = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        var transcript = Transcript.handshake(sdp: sdp)
        transcript.rtp(Samples.slice(), time: 1, marker: true)
        transcript.rtp(Samples.sps360, time: 2)
        transcript.rtp(Samples.pps, time: 2)
        transcript.rtp(Samples.idr(), time: 2, marker: true)
        let session = try Session.playing(transcript)
        #expect(session.description?.video == nil)
        #expect(session.description?.hasVideo == .h264)
        #expect(session.parameters.map(\.width) == [640])
        #expect(session.units.count == 1)
    }

    @Test func `loss is counted and a picture with a hole is dropped`() throws {
        let pieces = Samples.fragments(Samples.idr(length: 3_000), size: 1_000)
        let session = try Self.play {
            $0.rtp(pieces[0], time: 1)
            $0.rtp(pieces[2], time: 1, marker: true, lost: 2)
            $0.rtp(Samples.slice(1), time: 2, marker: true)
            $0.rtp(Samples.slice(2), time: 3, marker: true, lost: 1)
            $0.rtp(Samples.laterSlice(key: false), time: 4, marker: true, lost: 1)
        }
        #expect(session.lost() == 4)
        #expect(session.units.map(\.rtpTimestamp) == [2, 3])
        #expect(session.failure == nil)
    }

    @Test func `a session that begins in the middle of a picture reports no loss`() throws {
        let pieces = Samples.fragments(Samples.idr(length: 3_000), size: 1_000)
        let session = try Self.play {
            $0.rtp(pieces[1], time: 1)
            $0.rtp(pieces[2], time: 1, marker: true)
            $0.rtp(Samples.slice(), time: 2, marker: true)
        }
        #expect(session.units.map(\.rtpTimestamp) == [2])
        #expect(session.lost() == 0)
    }

    @Test func `a marker on every slice is found out and then ignored`() throws {
        let session = try Self.play {
            for time in [UInt32(1), 2, 3, 4] {
                $0.rtp(Samples.idr(), time: time, marker: true)
                $0.rtp(Samples.laterSlice(key: true), time: time, marker: true)
            }
        }
        #expect(session.lost() == 1)
        let whole = Samples.unit(Samples.idr(), Samples.laterSlice(key: true))
        #expect(session.units.dropFirst().map(\.bytes) == [whole, whole])
    }

    @Test func `H265 single units, aggregates and fragments become pictures`() throws {
        let cra = [0x2a, 0x01, 0x80] + [UInt8](repeating: 9, count: 2_500)
        let trail: [UInt8] = [0x02, 0x01, 0x80, 1, 2, 3]
        let sei: [UInt8] = [0x4e, 0x01, 5, 1, 0xaa, 0x80]
        let session = try Self.play265 {
            let sets = Samples.aggregate(
                [0x60, 0x01],
                Samples.vps265,
                Samples.sps265,
                Samples.pps265,
                sei
            )
            $0.rtp(sets, time: 1, type: 98)
            for piece in Samples.fragments265(cra, size: 1_000) {
                $0.rtp(piece, time: 1, type: 98)
            }
            $0.rtp([0x46, 0x01, 0x50], time: 2, type: 98)
            $0.rtp(trail, time: 2, marker: true, type: 98)
            $0.rtp(Samples.small265, time: 3, type: 98)
            $0.rtp([0x26, 0x01, 0x80, 4], time: 3, marker: true, type: 98)
        }
        #expect(session.description?.video?.codecs == "hvc1.1.6.L120.90")
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(sei, cra), Samples.unit(trail), Samples.unit([0x26, 0x01, 0x80, 4]),
            ]
        )
        #expect(session.units.map(\.isKey) == [true, false, true])
        #expect(session.parameters.map(\.width) == [640])
        #expect(session.lost() == 0)
    }

    @Test func `sender reports map the clock and other sources are passed over`() throws {
        func report(_ ssrc: UInt32, ntp: UInt64) -> [UInt8] {
            var writer = ByteWriter()
            writer.append([0x80, 200, 0, 6])
            writer.unsigned(UInt64(ssrc), 4)
            writer.unsigned(ntp, 8)
            writer.unsigned(90_000, 4)
            writer.unsigned(0, 8)
            return writer.bytes
        }
        let words: [UInt8] = [0x81, 202, 0, 2, 0x12, 0x34, 0x56, 0x78, 1, 1, 65, 0]
        let session = try Self.play {
            $0.frame(channel: 1, report(0x1234_5678, ntp: 1))
            $0.rtp(Samples.idr(), time: 1, marker: true)
            $0.frame(channel: 1, report(0x1234_5678, ntp: 2 << 32) + words)
            $0.frame(channel: 1, report(0xdead_beef, ntp: 3))
            $0.frame(channel: 1, [0x80, 200, 0xff, 0xff, 0x12, 0x34, 0x56, 0x78])
        }
        let reports = session.events.filter { if case .senderReport = $0 { true } else { false } }
        #expect(reports == [.senderReport(.video, ntp: 2 << 32, rtp: 90_000)])
    }
}
