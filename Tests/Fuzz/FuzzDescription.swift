/// An SDP body and what is planned from it.
func fuzzDescription(_ bytes: FuzzInput) -> Int32 {
    let input = bytes
    guard let description = try? SessionDescription(input.bytes.span) else { return 0 }
    precondition(description.media.count <= SessionDescription.trackLimit)
    let plan = TrackPlan(description)
    precondition(plan.warnings.count <= SessionDescription.trackLimit)
    if let video = plan.video { _ = VideoTrack(video).parameters }
    if let audio = plan.audio { _ = AudioTrack(audio).parameters }
    for media in description.media {
        _ = ControlAddress.resolve(media.control, base: "rtsp://127.0.0.1/a?b=c")
    }
    return 0
}
