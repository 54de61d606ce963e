/// A track that is to be set up: where, and on which channels.
struct TrackSetup {
    enum Track {
        case video(TrackPlan.Video)
        case audio(TrackPlan.Audio)
    }

    let track: Track
    let address: String
    let channels: InterleavedChannels
}
