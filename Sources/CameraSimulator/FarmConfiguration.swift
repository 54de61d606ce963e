package import Domain

/// What a farm is made of.
package struct FarmConfiguration: Sendable {
    /// The address to listen on; loopback unless a person says otherwise.
    package var host: String
    /// The port to listen on; 0 takes a free one.
    package var port: Int
    /// How many cameras: `/cam0` to `/cam{count-1}`.
    package var count: Int
    /// Paths of `.h264` or `.h265` files; camera N plays number N modulo their count.
    package var clips: [String]
    /// More clips that the fault `clip:NAME` can switch to, beside those of `clips`.
    package var spareClips: [String]
    /// Pictures per second of every clip.
    package var pictureRate: Int
    /// Over how many milliseconds the cameras' clips begin, evenly; 0 for one picture interval. Key
    /// pictures of real cameras come at any time of a GOP: for that, its length.
    package var spreadMilliseconds: Int
    /// How clients prove who they are; `.none` lets everyone in.
    package var authentication: FarmAuthentication
    /// Needed unless `authentication` is `.none`.
    package var credentials: CameraCredentials?
    /// Sessions that one camera serves at a time; one more gets 453.
    package var sessionsPerCamera: Int
    /// Seconds without a request or receiver report after which a session ends.
    package var sessionTimeoutSeconds: Int
    /// Unsent bytes, beside the kernel's, beyond which a client is too slow and pictures are dropped
    /// to the next key picture. The kernel's buffer is set to the half of it. The default is two
    /// seconds of a camera of 2 Mbit/s: about what a camera's own memory holds.
    package var backlogBytes: Int
    /// Repeats session ids, sequence numbers and losses.
    package var seed: UInt64

    /// A farm on loopback without authentication.
    package init(
        host: String = "127.0.0.1",
        port: Int = 0,
        count: Int,
        clips: [String],
        spareClips: [String] = [],
        pictureRate: Int = 20,
        spreadMilliseconds: Int = 0,
        authentication: FarmAuthentication = .none,
        credentials: CameraCredentials? = nil,
        sessionsPerCamera: Int = 8,
        sessionTimeoutSeconds: Int = 60,
        backlogBytes: Int = 512 << 10,
        seed: UInt64 = 1
    ) {
        self.host = host
        self.port = port
        self.count = count
        self.clips = clips
        self.spareClips = spareClips
        self.pictureRate = pictureRate
        self.spreadMilliseconds = spreadMilliseconds
        self.authentication = authentication
        self.credentials = credentials
        self.sessionsPerCamera = sessionsPerCamera
        self.sessionTimeoutSeconds = sessionTimeoutSeconds
        self.backlogBytes = backlogBytes
        self.seed = seed
    }

    /// The cameras of the demo, from the folder of clips: two H.264 with AAC, one H.265.
    package static func demo(fixtures: String, port: Int) -> FarmConfiguration {
        FarmConfiguration(
            port: port,
            count: 3,
            clips: ["demo.h264", "demo.h264", "demo.h265"].map { fixtures + "/" + $0 },
            spareClips: [fixtures + "/small.h264"]
        )
    }
}
