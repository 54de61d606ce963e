/// A fault of a URL's query: `fault=drop@5` happens five seconds after PLAY, once per session;
/// without a time it holds from the first request on.
struct TimedFault: Hashable, Sendable {
    var fault: CameraFault
    var afterSeconds: Double?

    init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: "@", maxSplits: 1)
        guard let name = parts.first, let fault = CameraFault(name) else { return nil }
        self.fault = fault
        guard parts.count > 1 else { return }
        guard let seconds = Double(parts[1]), seconds >= 0, seconds <= 86_400 else { return nil }
        afterSeconds = seconds
    }
}
