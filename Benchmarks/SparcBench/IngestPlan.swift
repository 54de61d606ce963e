/// How long the parts of an ingest run take.
struct IngestPlan: Sendable {
    var warmUp = Duration.seconds(8)
    var window = Duration.seconds(60)
    /// Behind the CPU window, so that asking does not count as recording.
    var latencyWindow = Duration.seconds(30)
    /// Cameras whose live playlists are watched.
    var watched = 16
}
