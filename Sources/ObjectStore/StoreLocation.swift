package import Domain

/// Where an installation's objects are.
package enum StoreLocation: Sendable {
    /// A folder of this machine.
    case folder(String)
    case bucket(S3Configuration)

    /// The store, which connects when it is first used.
    ///
    /// - Parameters:
    ///   - now: UTC.
    ///   - random: Evenly spread over 0..<1.
    package func open(
        now: @escaping @Sendable () -> WallTime,
        random: @escaping @Sendable () -> Double
    ) -> any TaggedObjectStoring {
        switch self {
        case .folder(let path): DirectoryStore(root: path)
        case .bucket(let configuration): S3Store(configuration, now: now, random: random)
        }
    }
}
