internal import CFFmpeg
internal import Domain

/// The C handles behind one `FragmentMuxer`, which alone holds it: the format context, one packet
/// and the output context with its buffer. `deinit` frees them, also after a failed set-up.
///
/// The output callback gets an unretained pointer to `sink`, which lives as long as this does.
@safe
final class MuxerHandles {
    let sink = FragmentSink()

    private let context: UnsafeMutablePointer<AVFormatContext>
    private let packet: UnsafeMutablePointer<AVPacket>

    init() throws(MediaIOError) {
        // The library would write to standard error, which is the recorder's log; what matters
        // comes back as a code.
        av_log_set_level(AV_LOG_QUIET)
        var made: UnsafeMutablePointer<AVFormatContext>?
        guard unsafe avformat_alloc_output_context2(&made, nil, "mp4", nil) >= 0,
            let context = unsafe made
        else { throw MediaIOError(.outOfMemory, "no memory for a muxer") }
        guard let packet = unsafe av_packet_alloc() else {
            unsafe avformat_free_context(context)
            throw MediaIOError(.outOfMemory, "no memory for a packet")
        }
        unsafe self.context = unsafe context
        unsafe self.packet = unsafe packet
        unsafe context.pointee.pb = unsafe Self.output(into: sink)
        guard unsafe context.pointee.pb != nil else {
            throw MediaIOError(.outOfMemory, "no memory for an output buffer")
        }
        unsafe context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
        // Times are right as they come: shifting them would break the run's timeline.
        unsafe context.pointee.avoid_negative_ts = 0
    }

    deinit {
        if let output = unsafe context.pointee.pb {
            unsafe av_freep(&output.pointee.buffer)
            unsafe avio_context_free(&context.pointee.pb)
        }
        // Without a trailer: the chunk is complete after each fragment.
        unsafe avformat_free_context(context)
        var last: UnsafeMutablePointer<AVPacket>? = unsafe packet
        unsafe av_packet_free(&last)
    }

    func addVideo(_ video: VideoParameters) throws(MediaIOError) {
        let parameters = try unsafe addStream(
            type: AVMEDIA_TYPE_VIDEO,
            clock: Int32(MediaTime.ticksPerSecond),
            configuration: video.configurationRecord
        )
        unsafe parameters.pointee.codec_id =
            video.codec == .h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC
        // Apple's players take H.265 only with parameter sets in the header (hvc1).
        unsafe parameters.pointee.codec_tag = Self.tag(video.codec == .h264 ? "avc1" : "hvc1")
        unsafe parameters.pointee.width = Int32(video.width)
        unsafe parameters.pointee.height = Int32(video.height)
    }

    func addAudio(_ audio: AudioParameters) throws(MediaIOError) {
        let parameters = try unsafe addStream(
            type: AVMEDIA_TYPE_AUDIO,
            clock: Int32(audio.sampleRate),
            configuration: audio.configuration
        )
        unsafe parameters.pointee.codec_id = AV_CODEC_ID_AAC
        unsafe parameters.pointee.sample_rate = Int32(audio.sampleRate)
        unsafe parameters.pointee.frame_size = 1_024
        unsafe av_channel_layout_default(
            &parameters.pointee.ch_layout,
            Int32(audio.channels)
        )
    }

    /// Writes ftyp and moov. `frag_discont` makes the first `tfdt` the true decode time, and
    /// without an edit list nothing in `moov` depends on the pictures, so it can be written before
    /// any has come. `cmaf` is left out: it shifts presentation times by the first reordering.
    func writeHeader() throws(MediaIOError) {
        var options: OpaquePointer?
        defer { unsafe av_dict_free(&options) }
        let flags = "+frag_custom+empty_moov+default_base_moof+frag_discont+skip_trailer"
        guard unsafe av_dict_set(&options, "movflags", flags, 0) >= 0,
            unsafe av_dict_set(&options, "use_editlist", "0", 0) >= 0
        else { throw MediaIOError(.outOfMemory, "no memory for muxer options") }
        try check(unsafe avformat_write_header(context, &options), "the movie header")
        unsafe avio_flush(context.pointee.pb)
    }

    func write(
        _ bytes: [UInt8],
        stream: Int32,
        decode: Int64,
        presentation: Int64,
        duration: Int64,
        isKey: Bool
    ) throws(MediaIOError) {
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            // The muxer copies the bytes before it returns and never changes them.
            unsafe packet.pointee.data = UnsafeMutablePointer(mutating: buffer.baseAddress)
            unsafe packet.pointee.size = Int32(buffer.count)
            unsafe packet.pointee.stream_index = stream
            unsafe packet.pointee.dts = decode
            unsafe packet.pointee.pts = presentation
            unsafe packet.pointee.duration = duration
            unsafe packet.pointee.flags = isKey ? AV_PKT_FLAG_KEY : 0
            defer {
                unsafe packet.pointee.data = nil
                unsafe packet.pointee.size = 0
            }
            return unsafe av_write_frame(context, packet)
        }
        try check(result, "a unit")
    }

    func flush() throws(MediaIOError) {
        // Media goes to the sink without a copy in the output buffer. What is mended afterwards, the
        // sizes in `moof`, is written word by word, which always goes through the buffer.
        unsafe context.pointee.pb.pointee.direct = 1
        defer { unsafe context.pointee.pb.pointee.direct = 0 }
        try check(unsafe av_write_frame(context, nil), "a fragment")
        unsafe avio_flush(context.pointee.pb)
    }

    private func addStream(
        type: AVMediaType,
        clock: Int32,
        configuration: [UInt8]
    ) throws(MediaIOError) -> UnsafeMutablePointer<AVCodecParameters> {
        let padding = Int(AV_INPUT_BUFFER_PADDING_SIZE)
        guard let stream = unsafe avformat_new_stream(context, nil),
            let parameters = unsafe stream.pointee.codecpar,
            let extra = unsafe av_mallocz(configuration.count + padding)
        else { throw MediaIOError(.outOfMemory, "no memory for a track") }
        unsafe extra.copyMemory(from: configuration, byteCount: configuration.count)
        unsafe parameters.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
        unsafe parameters.pointee.extradata_size = Int32(configuration.count)
        unsafe parameters.pointee.codec_type = type
        unsafe stream.pointee.time_base = AVRational(num: 1, den: clock)
        return unsafe parameters
    }

    private func check(_ result: Int32, _ what: String) throws(MediaIOError) {
        guard result < 0 else { return }
        if result == sparc_averror(ENOMEM) {
            throw MediaIOError(.outOfMemory, "no memory to write \(what)")
        }
        throw MediaIOError(.library(result), "\(what) could not be written (code \(result))")
    }

    private static func tag(_ name: StaticString) -> UInt32 {
        var value: UInt32 = 0
        for (index, byte) in name.description.utf8.enumerated() {
            value |= UInt32(byte) << UInt32(index * 8)
        }
        return value
    }

    private static func output(into sink: FragmentSink) -> UnsafeMutablePointer<AVIOContext>? {
        let size = FragmentLimits.bufferBytes
        guard let buffer = unsafe av_malloc(size) else { return nil }
        let output = unsafe avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            Int32(size),
            1,
            Unmanaged.passUnretained(sink).toOpaque(),
            nil,
            receiveOutput,
            nil
        )
        guard let output = unsafe output else {
            unsafe av_free(buffer)
            return nil
        }
        unsafe output.pointee.seekable = 0
        // Not `direct` for the movie header: its sizes are written afterwards, and some of it goes
        // out as strings of bytes, which would have left the buffer.
        return unsafe output
    }
}

/// The library's write callback; runs inside the calls above, on their thread.
private func receiveOutput(
    _ sink: UnsafeMutableRawPointer?,
    _ data: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) -> Int32 {
    guard let sink = unsafe sink, let data = unsafe data, count > 0 else { return 0 }
    unsafe Unmanaged<FragmentSink>.fromOpaque(sink).takeUnretainedValue()
        .append(UnsafeBufferPointer(start: data, count: Int(count)))
    return count
}
