/// The one transport that the farm speaks: `RTP/AVP/TCP;unicast;interleaved=0-1`.
struct InterleavedTransport: Hashable, Sendable {
    var rtpChannel: UInt8
    var rtcpChannel: UInt8

    /// The first usable of the transports that a client offers; nil if there is none (461).
    init?(header: String, track: Int) {
        for offer in header.split(separator: ",") {
            let parts = offer.split(separator: ";").map { part in part.filter { $0 != " " } }
            guard parts.first?.uppercased() == "RTP/AVP/TCP" else { continue }
            let low = UInt8(truncatingIfNeeded: track * 2)
            (rtpChannel, rtcpChannel) = (low, low + 1)
            if let range = parts.first(where: { $0.hasPrefix("interleaved=") }) {
                let numbers = range.dropFirst(12).split(separator: "-").map { UInt8($0) }
                guard let first = numbers.first ?? nil, first < 255 else { return nil }
                rtpChannel = first
                rtcpChannel = (numbers.count > 1 ? numbers[1] : nil) ?? first + 1
            }
            return
        }
        return nil
    }

    var header: String {
        "RTP/AVP/TCP;unicast;interleaved=\(rtpChannel)-\(rtcpChannel)"
    }
}
