/// The coordinator did not take a request because of what is in it: the same offers together would
/// be rejected again. One bad offer of many is enough, so fewer are offered at a time.
package struct OfferRejection: Error, Sendable, CustomStringConvertible {
    /// For an operator; without secrets.
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }

    package var description: String {
        reason
    }
}
