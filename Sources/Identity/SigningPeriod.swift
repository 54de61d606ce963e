package import Domain

/// One of the spans of time that each have a signing key of their own: keys rotate by themselves,
/// and all coordinators agree on them without asking anybody.
package struct SigningPeriod: Hashable, Comparable, Sendable {
    /// Seconds of a period: 30 days.
    package static let length: Int64 = 30 * 86_400
    /// Seconds after its end for which tokens of a period are still good; none lives that long.
    package static let afterlife: Int64 = 3_600
    private static let prefix = "ed25519-"

    /// Periods since 1970.
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }

    /// The one that a moment is in.
    package init(of moment: WallTime) {
        number = Self.number(moment.microseconds / 1_000_000)
    }

    /// Nil for the `kid` of anything else.
    package init?(keyID: String) {
        guard keyID.utf8.count <= 32, keyID.hasPrefix(Self.prefix),
            let number = Int64(keyID.dropFirst(Self.prefix.count)),
            Self(number: number).keyID == keyID
        else { return nil }
        self.number = number
    }

    /// The `kid` of its key.
    package var keyID: String {
        Self.prefix + String(number)
    }

    /// Whether a token of this period can be good at a moment.
    /// - Parameter tolerance: Seconds that the signer's clock may be ahead.
    package func isUsable(at moment: WallTime, tolerance: Int64) -> Bool {
        let seconds = moment.microseconds / 1_000_000
        return Self.number(seconds - Self.afterlife) <= number
            && number <= Self.number(seconds + tolerance)
    }

    /// What who checks tokens needs to know at a moment: those in use, and the next.
    package static func published(at moment: WallTime) -> [SigningPeriod] {
        let seconds = moment.microseconds / 1_000_000
        return (number(seconds - afterlife)...(number(seconds) + 1)).map { Self(number: $0) }
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.number < right.number
    }

    private static func number(_ seconds: Int64) -> Int64 {
        max(0, seconds) / length
    }
}
