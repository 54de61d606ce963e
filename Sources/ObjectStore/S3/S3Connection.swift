import Domain
import Files
import Synchronization
import Transfer

/// Signs and sends requests to one bucket; mends by itself what the store says of clock and
/// credentials, once per request.
final class S3Connection: Sendable {
    /// Pause before another try of a read, at most, doubling: a viewer waits for it.
    private static let pause = Duration.milliseconds(100)

    let configuration: S3Configuration
    private let client: HTTPClient
    private let now: @Sendable () -> WallTime
    private let random: @Sendable () -> Double
    private let credentials: S3CredentialSource
    /// What to add to this machine's clock, microseconds.
    private let clockOffset = Mutex<Int64>(0)

    init(
        _ configuration: S3Configuration,
        now: @escaping @Sendable () -> WallTime,
        random: @escaping @Sendable () -> Double
    ) {
        self.configuration = configuration
        // The operator's own setting names the host.
        client = HTTPClient(policy: nil, authorities: configuration.authorities)
        credentials = S3CredentialSource(configuration.credentials, now: now)
        self.now = now
        self.random = random
    }

    deinit {
        close()
    }

    func close() {
        client.close()
        credentials.close()
    }

    /// Sends a request until there is an answer that another try would not change.
    ///
    /// - Returns: An answer that means success, that there is nothing, that there is something, or
    ///   that the content is another.
    /// - Throws: `ObjectStoreError`, or `CancellationError`.
    func send(_ request: S3Request) async throws -> S3Answer {
        var tries = 0
        while true {
            tries += 1
            let failure: ObjectStoreError
            do {
                let answer = try await sendMending(request)
                guard case .failure(let error) = answer.meaning else { return answer }
                failure = error
            } catch let error as TransferError {
                failure = try Self.mapped(error)
                // A store that does not answer is not asked twice in one viewer's patience.
                if error.code == .timeout { throw failure }
            }
            guard tries < request.tries, failure.code == .busy || failure.code == .unavailable
            else { throw failure }
            try await Task.sleep(for: Self.pause * (1 << (tries - 1)) * max(0.1, random()))
        }
    }

    /// A URL that anybody may fetch for some time.
    func presigned(_ key: ObjectKey, seconds: Int) async throws -> String {
        let credentials = try await credentials.current(after: nil)
        let endpoint = configuration.endpoint
        let request = SignableRequest(
            method: "GET",
            host: endpoint.host,
            path: endpoint.path(bucket: configuration.bucket, key: key.description)
        )
        let query = SigV4Signer(credentials: credentials, region: configuration.region)
            .presignedQuery(for: request, seconds: seconds, at: clock())
        return "\(endpoint.scheme)://\(endpoint.host)\(request.target)?\(query)"
    }

    /// 1. Sends. 2. Of a wrong clock, takes over the store's and sends again. 3. Of unknown
    /// credentials, reads them again and, if they have changed, sends again.
    private func sendMending(_ request: S3Request) async throws -> S3Answer {
        var credentials = try await credentials.current(after: nil)
        var hasSetClock = false
        var hasReadAgain = false
        while true {
            let answer = try await sendOnce(request, credentials)
            switch answer.meaning {
            case .otherClock:
                guard !hasSetClock, let date = answer.date else {
                    throw ObjectStoreError(
                        .denied,
                        "the store's clock and this machine's are too far apart"
                    )
                }
                hasSetClock = true
                let offset = date.microseconds - now().microseconds
                clockOffset.withLock { $0 = offset }
            case .otherCredentials:
                let old = credentials
                if !hasReadAgain { credentials = try await self.credentials.current(after: old) }
                guard !hasReadAgain, credentials != old else {
                    throw ObjectStoreError(
                        .denied,
                        "the store does not accept the \(old); give it others"
                    )
                }
                hasReadAgain = true
            case .success, .notFound, .exists, .otherContent, .failure:
                return answer
            }
        }
    }

    private func sendOnce(
        _ request: S3Request,
        _ credentials: S3Credentials
    ) async throws -> S3Answer {
        let endpoint = configuration.endpoint
        let signable = SignableRequest(
            method: request.method.rawValue,
            host: endpoint.host,
            path: endpoint.path(
                bucket: configuration.bucket,
                key: request.key?.description ?? ""
            ),
            query: request.query,
            headers: request.headers
        )
        let moment = clock()
        let headers = SigV4Signer(credentials: credentials, region: configuration.region)
            .headers(for: signable, payload: request.payload, at: moment)
        let response = try await client.send(
            HTTPRequest(
                request.method,
                "\(endpoint.scheme)://\(endpoint.host)\(signable.target)",
                headers: headers,
                body: request.body,
                source: request.source,
                deadline: request.deadline,
                responseLimit: request.responseLimit,
                stallLimit: request.stallLimit
            )
        )
        return S3Answer(response, signedAt: moment)
    }

    private func clock() -> WallTime {
        let offset = clockOffset.withLock { $0 }
        return WallTime(microseconds: now().microseconds + offset)
    }

    private static func mapped(_ error: TransferError) throws -> ObjectStoreError {
        switch error.code {
        case .cancelled: throw CancellationError()
        case .resolve, .connect, .timeout, .tooLarge, .unreadableBody, .invalidRequest,
            .refusedByPolicy, .other:
            return ObjectStoreError(.unavailable, error.message)
        case .tls:
            return ObjectStoreError(.denied, "the store's certificate: \(error.message)")
        }
    }
}
