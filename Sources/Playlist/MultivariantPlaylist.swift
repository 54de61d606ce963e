/// The playlist a player opens first. It uses nothing that needs a version above 1.
package enum MultivariantPlaylist {
    /// The text, best variant first as given.
    ///
    /// Variants must show the same content on one timeline (RFC 8216 6.2.4): a camera's main and
    /// sub stream are separate recordings with separate runs and do not belong in one list.
    package static func render(_ variants: [PlaylistVariant]) -> String {
        var text = "#EXTM3U\n"
        for variant in variants {
            text += "#EXT-X-STREAM-INF:BANDWIDTH=\(max(1, variant.bandwidth))"
            text += ",AVERAGE-BANDWIDTH=\(max(1, min(variant.averageBandwidth, variant.bandwidth)))"
            text += ",CODECS=\"\(variant.codecs)\""
            if variant.width > 0, variant.height > 0 {
                text += ",RESOLUTION=\(variant.width)x\(variant.height)"
            }
            if let rate = variant.frameRate, rate > 0, rate < 1_000 {
                text += ",FRAME-RATE=\(thousandths(rate))"
            }
            text += "\n\(variant.uri)\n"
        }
        return text
    }

    /// Three decimals, as the specification rounds frame rates.
    private static func thousandths(_ value: Double) -> String {
        let whole = Int((value * 1_000).rounded())
        let fraction = String(whole % 1_000)
        return "\(whole / 1_000)." + String(repeating: "0", count: 3 - fraction.utf8.count)
            + fraction
    }
}
