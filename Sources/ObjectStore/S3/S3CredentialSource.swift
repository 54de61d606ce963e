import Domain
import Files
import Transfer

/// The credentials in use: read the first time, when the store refuses them, and some time before
/// their end. Many requests that need new ones wait for the same reading; while the known ones are
/// good nobody waits.
actor S3CredentialSource {
    /// Before their end they are renewed, microseconds: a service has new ones from five minutes on.
    private static let renewal: Int64 = 300_000_000
    /// After a renewal those that there are are used this long, microseconds: one that failed, or
    /// that brought some that end soon, is not repeated at every request.
    private static let pause: Int64 = 15_000_000

    private let origin: S3CredentialOrigin
    private let now: @Sendable () -> WallTime
    private let client: HTTPClient?
    private var known: S3Credentials?
    private var reading: Task<S3Credentials, any Error>?
    private var renewAfter: WallTime?

    init(_ origin: S3CredentialOrigin, now: @escaping @Sendable () -> WallTime) {
        self.origin = origin
        self.now = now
        switch origin {
        case .parts, .sharedFile: client = nil
        case .service(.webIdentity(_, _, _, _, let authorities)):
            client = HTTPClient(policy: nil, authorities: authorities)
        case .service(.instance), .service(.container):
            client = HTTPClient(policy: nil, ignoresProxy: true)
        }
    }

    nonisolated func close() {
        client?.close()
    }

    /// - Parameter refused: Those that the store no longer accepts.
    /// - Throws: `ObjectStoreError`, `denied`.
    func current(after refused: S3Credentials?) async throws -> S3Credentials {
        if let known, known != refused, known.expiresAt.map({ now() < $0 }) ?? true {
            if isDue(known), reading == nil { _ = begin() }
            return known
        }
        do {
            return try await (reading ?? begin()).value
        } catch {
            if error is CancellationError { throw error }
            throw ObjectStoreError(.denied, "the store's credentials cannot be read: \(error)")
        }
    }

    private func isDue(_ credentials: S3Credentials) -> Bool {
        guard let end = credentials.expiresAt else { return false }
        let moment = now()
        if let renewAfter, moment < renewAfter { return false }
        return end.microseconds - moment.microseconds < Self.renewal
    }

    /// Begins a reading, which many may wait for or nobody.
    private func begin() -> Task<S3Credentials, any Error> {
        let task = Task {
            defer {
                reading = nil
                renewAfter = WallTime(microseconds: now().microseconds + Self.pause)
            }
            let read = try await read()
            known = read
            return read
        }
        reading = task
        return task
    }

    private func read() async throws -> S3Credentials {
        if case .service(let service) = origin, let client {
            return try await S3CredentialRequest(service: service, client: client).credentials()
        }
        let origin = origin
        guard let read = try await FileThread.run({ try origin.readFiles() }) else {
            throw ObjectStoreError(.denied, "no service gives credentials")
        }
        return read
    }
}
