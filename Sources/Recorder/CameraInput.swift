internal import Domain
internal import RTSP

/// A connection to a camera that brings its pictures: the seam at which other protocols go in.
///
/// Everything happens on the I/O thread. What the camera sent is worked on under the stream's mark
/// (`StreamMark`), also where the event loop calls an input directly. An input is opened once; after `ended`, or after
/// `close()`, it is of no more use.
protocol CameraInput: AnyObject {
    /// Who gets the events; not held.
    var owner: (any CameraInputOwner)? { get set }
    /// Begins to connect.
    func open()
    /// To be called a few times a second.
    func tick()
    /// Takes leave of the camera in its protocol's way and closes; no event follows.
    func close()
}

/// Who a `CameraInput` tells what comes.
protocol CameraInputOwner: AnyObject {
    func input(_ input: any CameraInput, _ event: CameraInputEvent)
}

/// What a camera's input brings, in order.
enum CameraInputEvent {
    /// Media will come; the tracks as far as they are known.
    case playing(RTSPDescription)
    /// Complete parameters of the video, before the unit that needs them.
    case parameters(VideoParameters)
    case unit(MediaUnit)
    case loss(TrackKind, packets: Int)
    case senderReport(TrackKind, ntp: UInt64, rtp: UInt32)
    /// Something that an operator should read.
    case warning(String)
    /// The input is over.
    case ended(InputEnd)
}

/// Why an input ended.
struct InputEnd {
    enum Kind {
        /// No connection could be made.
        case unreachable
        /// The camera refused the credentials.
        case authentication
        /// The camera or the settings do not allow this, now or later.
        case refused
        /// The camera sends us to another address.
        case redirect(CameraURL)
        /// The connection or the stream broke.
        case broken
    }

    let kind: Kind
    /// For an operator; without secrets.
    let message: String
}
