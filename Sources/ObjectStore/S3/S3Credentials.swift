package import Domain

/// What a request is signed with. Prints no secret.
package struct S3Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package var accessKeyID: String
    package var secretAccessKey: String
    /// Of temporary credentials.
    package var sessionToken: String?
    /// When they end; nil if they do not, or nobody says.
    package var expiresAt: WallTime?

    package init(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String? = nil,
        expiresAt: WallTime? = nil
    ) {
        self.expiresAt = expiresAt
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { "credentials of \(accessKeyID)" }

    package var customMirror: Mirror {
        Mirror(self, children: ["accessKeyID": accessKeyID])
    }
}
