/// What a new password must be like. Length is what counts; the rest refuses what is tried first.
package enum PasswordRule {
    /// Fewest characters.
    package static let leastLength = 12
    /// Most characters; a sentence fits.
    package static let longestLength = 256
    /// Fewest different characters: `aaaaaaaaaaaa` is long and no password.
    package static let leastDifferent = 5

    /// What is wrong with a password, in words that follow its name; nil if nothing is.
    ///
    /// - Parameter words: What everybody knows of the person: e-mail address, organisation.
    package static func problem(_ password: String, knowing words: [String]) -> String? {
        guard password.count >= leastLength else {
            return "is shorter than \(leastLength) characters"
        }
        guard password.count <= longestLength else {
            return "is longer than \(longestLength) characters"
        }
        guard Set(password).count >= leastDifferent else {
            return "has fewer than \(leastDifferent) different characters"
        }
        let small = password.lowercased()
        guard !words.contains(where: { $0.lowercased() == small }) else {
            return "is the e-mail address or the name of the organisation"
        }
        return nil
    }
}
