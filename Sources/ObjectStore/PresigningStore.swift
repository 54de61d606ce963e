/// A store that viewers can read from by themselves, with a URL that is good for one object.
package protocol PresigningStore: Sendable {
    /// Scheme, host and port of those URLs.
    var origin: String { get }

    /// A URL by which anybody may fetch an object, whole or in ranges, for `seconds`, at most seven
    /// days; of an object that there is not, too.
    func presignedURL(_ key: ObjectKey, seconds: Int) async throws -> String
}
