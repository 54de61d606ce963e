/// The limits of a recorder process, each with its reason and what happens beyond it.
package enum RecorderLimits {
    /// Streams of one process. The worker gives 64 cameras to each; more are refused.
    package static let streams = 256
    /// Bytes of one stream that wait for the disk: two of the largest parts, or 8 s of a camera of
    /// 4 Mbit/s. Beyond it the run ends with a gap `disk_full`.
    static let diskQueueBytesPerStream = 4 << 20
    /// The same for all streams together: a base and a share for each stream, so that a slow disk
    /// cannot fill the memory.
    static let diskQueueBytesBase = 16 << 20
    static let diskQueueBytesShare = 2 << 20
    /// How long fragments that no player waits for are gathered before they are written, and from how
    /// many bytes on they are not: one wake-up of the disk thread for many cameras.
    static let diskBatch = Duration.milliseconds(200)
    static let diskBatchBytes = 4 << 20
    /// How long a stream waits after the disk failed before it records again.
    static let diskPause = Duration.seconds(5)
    /// How often everything written is made durable.
    static let syncInterval = Duration.seconds(1)
    /// Without a picture for this long a camera is silent. Looked at every `tickInterval`, so a
    /// silence is noticed within 5 s.
    static let silence = Duration.milliseconds(4_500)
    /// The same from the answer of PLAY to the first picture: some cameras wake up slowly.
    static let firstUnit = Duration.seconds(10)
    /// Pictures that come for this long, or twice the time between key pictures if that is longer,
    /// and none of them recorded: a new connection is tried.
    static let unrecorded = Duration.seconds(10)
    /// The longest wait for the same reason: twice the 120 s that cameras put between key pictures
    /// at most, and some more.
    static let longestUnrecorded = Duration.seconds(300)
    /// How often sessions look at the clock.
    static let tickInterval = Duration.milliseconds(250)
    /// How often the worker hears that the I/O thread runs.
    static let aliveInterval = Duration.seconds(1)
    static let statisticsInterval = Duration.seconds(5)
    /// How long a loss keeps a stream `degraded`.
    static let degraded = Duration.seconds(30)
    /// Reasons shown of one stream.
    static let reasons = 8
    /// Log lines that wait for the worker; beyond it they are counted and dropped.
    static let logLines = 256
    /// Bytes of events in one write: a pipe takes 64 KiB at once, and what comes while it is full is
    /// kept in order by itself.
    static let eventBytes = 16 << 10
    /// From the moment that the end of standard input is noticed to the end of the process.
    package static let exit = Duration.milliseconds(900)
    /// From the end of standard input to the end of the process at most, also when the I/O thread is
    /// overloaded or hangs: a process that is left over would record a camera twice.
    package static let end = Duration.milliseconds(950)
    /// How long a camera has to take its TEARDOWN before the connection is cut.
    static let farewell = Duration.milliseconds(250)
}
