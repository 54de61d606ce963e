/// A store that says by itself which pages may read it (CORS).
package protocol OriginStoring: Sendable {
    /// All rules, also other people's: elements `CORSRule`.
    func originRules() async throws -> [S3XML]

    /// Puts all rules in place of those that there are; at least one.
    func replaceOriginRules(_ rules: [S3XML]) async throws
}
