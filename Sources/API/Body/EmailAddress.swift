/// What counts as an e-mail address.
enum EmailAddress {
    /// Characters of the longest (RFC 5321 section 4.5.3.1).
    static let limit = 254

    /// Something on both sides of one `@` and no space: whether mail arrives there nobody can tell
    /// from the text.
    static func isOne(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(" ")
    }
}
