/// RTP packets of an H.264 track.
func fuzzH264(_ bytes: FuzzInput) -> Int32 {
    FuzzPackets.run(bytes, codec: .h264)
}
