/// Feeds packets to a video track: two bytes steer each (length, marker, timestamp step, loss, raw),
/// then come its bytes.
enum FuzzPackets {
    static func run(_ bytes: FuzzInput, codec: VideoCodec) -> Int32 {
        var input = bytes
        var events = EventQueue()
        let known = codec == .h264 ? FuzzSeeds.sets264 : FuzzSeeds.sets265
        var track = VideoTrack(
            TrackPlan.Video(
                codec: codec,
                payloadType: 96,
                clockRate: 90_000,
                control: nil,
                parameterSets: input.byte() & 1 == 1 ? known : []
            )
        )
        let total = input.bytes.count
        var (time, sequence): (UInt32, UInt16) = (0, 65_530)
        var produced = 0
        while !input.isEmpty {
            let (length, bits) = (Int(input.byte()), input.byte())
            if bits & 4 != 0 { time &+= 3_600 }
            sequence &+= bits & 8 != 0 ? 3 : 1
            var packet: [UInt8] = [
                0x80, 96 | (bits & 2) << 6, UInt8(sequence >> 8), UInt8(sequence & 255),
                UInt8(time >> 24), UInt8(time >> 16 & 255), UInt8(time >> 8 & 255),
                UInt8(time & 255), 0, 0, 0, bits >> 6,
            ]
            if bits & 0x30 == 0x30 { packet = [] }
            packet += input.take(length)
            do {
                try track.receive(packet.span, &events)
            } catch {
                break
            }
            track.receiveControl(packet.span, &events)
            produced += FuzzChecks.check(&events)
        }
        // A unit is never longer than what came, but for a length and a header for each NAL unit.
        precondition(produced <= total * 8 + 64)
        return 0
    }
}
