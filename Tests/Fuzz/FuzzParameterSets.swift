/// Parameter sets of both codings, and the records built from them.
func fuzzParameterSets(_ bytes: FuzzInput) -> Int32 {
    var input = bytes
    let codec: VideoCodec = input.byte() & 1 == 0 ? .h264 : .h265
    var store = ParameterSetStore(codec: codec)
    _ = AudioConfiguration(input.bytes)
    let rest = input.rest()
    for piece in StartCodes.split(rest.span) {
        let set = Array(rest[piece])
        _ = store.take(set.span)
        if let size = H264SequenceParameters(nal: set)?.size {
            precondition(1...PictureSize.sideLimit ~= size.width)
        }
        if let parsed = H265SequenceParameters(nal: set) {
            precondition(1...PictureSize.sideLimit ~= parsed.size.height)
            precondition(parsed.codecs.hasPrefix("hvc1."))
        }
        if let parameters = store.parameters {
            precondition(!parameters.configurationRecord.isEmpty)
        }
    }
    return 0
}
