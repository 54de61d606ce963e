/// RTP packets of an H.265 track.
func fuzzH265(_ bytes: FuzzInput) -> Int32 {
    FuzzPackets.run(bytes, codec: .h265)
}
