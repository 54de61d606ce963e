/// What the ingest worker tells a recorder, one JSON object a line on the recorder's standard input.
///
/// Credentials travel only here: never in arguments, the environment or a file. The end of the pipe
/// means: stop within one second.
package enum RecorderCommand: Sendable, Codable {
    /// Always the first line.
    case configure(RecorderConfiguration)
    /// Begin to record a stream, or go on after a restart.
    case start(RecorderAssignment)
    /// Send TEARDOWN, close the chunk, forget the stream.
    case stop(camera: CameraID, stream: StreamRole)
}

/// What holds for all cameras of a recorder.
package struct RecorderConfiguration: Sendable, Codable {
    /// The spool folder, absolute; the only place the recorder may write to.
    package var spool: String
    /// CIDR blocks that cameras may be in (`AddressPolicy`).
    package var cameraNetworks: [String]
    /// Length of a chunk in whole seconds; a chunk ends at the first segment border at or after it.
    package var chunkSeconds: Int
    /// Where the memory for `RecorderMark` is opened, before the sandbox closes; nil for none.
    package var mark: String?

    package init(
        spool: String,
        cameraNetworks: [String],
        chunkSeconds: Int,
        mark: String? = nil
    ) {
        self.spool = spool
        self.cameraNetworks = cameraNetworks
        self.chunkSeconds = chunkSeconds
        self.mark = mark
    }
}

/// One stream to record.
package struct RecorderAssignment: Sendable, Codable {
    package var tenant: TenantID
    package var camera: CameraID
    package var stream: StreamRole
    /// Without credentials, as `CameraURL` prints it.
    package var url: String
    package var credentials: CameraCredentials?
    package var epoch: Int64
    /// First chunk sequence number that was never used in this epoch.
    package var nextSequence: Int64
    /// End of the newest picture in the spool or catalogue; nil for a camera never recorded.
    package var recordedUntil: WallTime?
    /// Why nothing was recorded since: `workerDown` or `recorderCrash`.
    package var interruption: GapReason?

    package init(
        tenant: TenantID,
        camera: CameraID,
        stream: StreamRole,
        url: String,
        credentials: CameraCredentials?,
        epoch: Int64,
        nextSequence: Int64,
        recordedUntil: WallTime?,
        interruption: GapReason?
    ) {
        self.tenant = tenant
        self.camera = camera
        self.stream = stream
        self.url = url
        self.credentials = credentials
        self.epoch = epoch
        self.nextSequence = nextSequence
        self.recordedUntil = recordedUntil
        self.interruption = interruption
    }
}
