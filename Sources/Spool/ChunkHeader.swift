package import Domain

/// The first record of a chunk's journal: all that is known when its first fragment is ready.
package struct ChunkHeader: Hashable, Sendable {
    package var identity: ChunkIdentity
    package var run: RunID
    package var start: WallTime
    package var mediaStart: MediaTime
    package var codecs: String
    package var width: Int
    package var height: Int
    package var initializationLength: Int
    package var initializationHash: String
    /// The hole before this run; only on the first chunk of a run.
    package var precedingGap: Gap?

    package init(
        identity: ChunkIdentity,
        run: RunID,
        start: WallTime,
        mediaStart: MediaTime,
        codecs: String,
        width: Int,
        height: Int,
        initializationLength: Int,
        initializationHash: String,
        precedingGap: Gap?
    ) {
        self.identity = identity
        self.run = run
        self.start = start
        self.mediaStart = mediaStart
        self.codecs = codecs
        self.width = width
        self.height = height
        self.initializationLength = initializationLength
        self.initializationHash = initializationHash
        self.precedingGap = precedingGap
    }

    /// What `initializationHash` is of given ftyp and moov.
    package static func hash(of initialization: [UInt8]) -> String {
        var hash = FNV1a()
        hash.update(initialization)
        return hash.hexDigits
    }

    /// The chunk with the given segments.
    package func chunk(_ segments: [Segment]) -> Chunk {
        Chunk(
            identity: identity,
            run: run,
            start: start,
            mediaStart: mediaStart,
            initializationLength: initializationLength,
            initializationHash: initializationHash,
            codecs: codecs,
            width: width,
            height: height,
            segments: segments
        )
    }
}
