package import Domain

/// A closed segment on its way into a live playlist.
package struct LiveSegment: Hashable, Sendable {
    package var run: RunID
    /// Wall time of its first picture.
    package var start: WallTime
    /// Length of its video.
    package var duration: MediaTime
    /// Path of the media, without signature; never used twice.
    package var path: String
    /// Path of the run's ftyp and moov, without signature; another path means other parameters.
    package var initializationPath: String
    /// Until when the signed URIs of this segment are valid; fixed here, so that a segment keeps
    /// one URI for as long as it is listed.
    package var expires: WallTime
    /// The same for the initialization.
    package var initializationExpires: WallTime

    package init(
        run: RunID,
        start: WallTime,
        duration: MediaTime,
        path: String,
        initializationPath: String,
        expires: WallTime,
        initializationExpires: WallTime
    ) {
        self.run = run
        self.start = start
        self.duration = duration
        self.path = path
        self.initializationPath = initializationPath
        self.expires = expires
        self.initializationExpires = initializationExpires
    }

    package var end: WallTime {
        start + duration
    }
}
