/// `JWT_SECRET[_FILE]` of the deployment guide.
enum TokenSecret {
    /// Fewest bytes of one (RFC 7518 section 3.2: as many as the hash has).
    static let leastLength = 32
    /// Words of samples that are printed in guides: whoever reads those has such a key.
    static let sampleWords = [
        "your-super-secret", "your_jwt_secret", "your-secret", "changeme", "change-me", "example",
        "secretsecret", "0123456789abcdef0123456789abcdef",
    ]

    static func isSample(_ text: String) -> Bool {
        let small = text.lowercased()
        return Set(small).count < 8 || sampleWords.contains { small.contains($0) }
    }
}

extension SettingsReader {
    /// The key with which access tokens are signed in place of the derived ones; nil if none is set.
    /// A sample of a guide is noted in development, and a problem elsewhere.
    package mutating func tokenSecret(_ environment: DeploymentEnvironment) -> String? {
        let name = "JWT_SECRET"
        guard let secret = secret(name) else { return nil }
        let example = "(output of: openssl rand -base64 48)"
        if secret.utf8.count < TokenSecret.leastLength {
            report(name, "is shorter than \(TokenSecret.leastLength) bytes", example)
        } else if TokenSecret.isSample(secret) {
            if environment == .development {
                note(
                    "JWT_SECRET is a sample that everybody knows; outside development it is refused"
                )
            } else {
                report(name, "is a sample that everybody knows", example)
            }
        }
        return secret
    }
}
