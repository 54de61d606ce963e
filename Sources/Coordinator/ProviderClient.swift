package import API
package import Domain
package import Identity
internal import Synchronization
internal import Transfer

/// Asks providers of identities over HTTP, each with what may be wrong with it: where it leads, how
/// long it takes, how much it sends. Redirects are not followed.
package struct ProviderClient: ProviderReading {
    /// From the connect to the last byte of an answer.
    package static let deadline = Duration.seconds(8)
    /// Codes of one provider that are redeemed at a time: anybody can bring some that are none, and
    /// may fill neither the queue of all nor the provider with them.
    package static let redemptionLimit = 32

    private let client: HTTPClient
    private let networks: AddressPolicy
    private let deadline: Duration
    private let metadata: ProviderMemory<ProviderMetadata>
    private let keys: ProviderMemory<ProviderKeySet>
    private let redemptions = Redemptions()

    /// Starts the transfer thread; `close()` ends it.
    /// - Parameters:
    ///   - networks: Where providers may be beside the public internet; checked with the resolved
    ///     address at every connect.
    ///   - now: For how long an answer is remembered.
    package init(
        networks: AddressPolicy,
        deadline: Duration = Self.deadline,
        now: @escaping @Sendable () -> MonotonicTime
    ) {
        self.networks = networks
        self.deadline = deadline
        client = HTTPClient(policy: .publicNetworks(and: networks))
        metadata = ProviderMemory(now: now)
        keys = ProviderMemory(now: now)
    }

    /// Ends the transfer thread.
    package func close() {
        client.close()
    }

    package func metadata(
        of provider: ProviderReference
    ) async throws(ProviderError) -> ProviderMetadata {
        try await metadata.value(of: provider, isRenewed: false) {
            () async throws(ProviderError) -> ProviderMetadata in
            let bytes = try await get(
                ProviderMetadata.url(of: provider.issuer),
                limit: ProviderMetadata.lengthLimit
            )
            let metadata: ProviderMetadata
            do throws(ProviderMetadata.Refusal) {
                metadata = try ProviderMetadata(bytes, issuer: provider.issuer)
            } catch {
                throw ProviderError(.malformed, error.description)
            }
            for url in metadata.urls { try check(url) }
            return metadata
        }
    }

    package func keys(
        of provider: ProviderReference,
        _ metadata: ProviderMetadata,
        isRenewed: Bool
    ) async throws(ProviderError) -> ProviderKeySet {
        try await keys.value(of: provider, isRenewed: isRenewed) {
            () async throws(ProviderError) -> ProviderKeySet in
            let bytes = try await get(metadata.keysURL, limit: ProviderKeySet.lengthLimit)
            guard let keys = await ProviderKeySet(bytes) else {
                throw ProviderError(.malformed, "the provider's keys are none that are used here")
            }
            return keys
        }
    }

    package func tokens(
        of provider: ProviderReference,
        from metadata: ProviderMetadata,
        headers: [(name: String, value: String)],
        body: [UInt8]
    ) async throws(ProviderError) -> ProviderTokens {
        guard redemptions.begin(provider) else {
            throw ProviderError(.unreachable, "too many logins wait for the provider")
        }
        defer { redemptions.end(provider) }
        let answer = try await send(
            HTTPRequest(
                .post,
                metadata.tokenEndpoint,
                headers: headers,
                body: body,
                deadline: deadline,
                responseLimit: ProviderTokens.lengthLimit
            )
        )
        guard let tokens = ProviderTokens(answer) else {
            throw ProviderError(.malformed, "the provider's answer to the code has no ID token")
        }
        return tokens
    }

    package func userInfo(
        from url: String,
        accessToken: String
    ) async throws(ProviderError) -> [UInt8] {
        try await get(
            url,
            limit: UserInfo.lengthLimit,
            more: [("Authorization", "Bearer \(accessToken)")]
        )
    }

    private func get(
        _ url: String,
        limit: Int,
        more: [(name: String, value: String)] = []
    ) async throws(ProviderError) -> [UInt8] {
        try await send(
            HTTPRequest(
                .get,
                url,
                headers: [("Accept", "application/json")] + more,
                deadline: deadline,
                responseLimit: limit
            )
        )
    }

    /// How many codes of each provider are being redeemed.
    private final class Redemptions: Sendable {
        private let counts = Mutex<[ProviderReference: Int]>([:])

        /// Takes a place, if there is one.
        func begin(_ provider: ProviderReference) -> Bool {
            counts.withLock { counts in
                guard counts[provider, default: 0] < redemptionLimit else { return false }
                counts[provider, default: 0] += 1
                return true
            }
        }

        func end(_ provider: ProviderReference) {
            counts.withLock { counts in
                let rest = (counts[provider] ?? 1) - 1
                counts[provider] = rest == 0 ? nil : rest
            }
        }
    }

    /// The body of an answer with status 200; nothing of another is looked at.
    private func send(_ request: HTTPRequest) async throws(ProviderError) -> [UInt8] {
        let answer: HTTPResponse
        do throws(TransferError) {
            answer = try await client.send(request)
        } catch {
            throw ProviderError(error.code == .tooLarge ? .malformed : .unreachable, error.message)
        }
        guard answer.status == 200 else {
            let path = request.url.split(separator: "?").first ?? ""
            throw ProviderError(.status, "\(path) answered \(answer.status)")
        }
        return answer.body
    }

    /// A provider of the public internet does not lead inside by what it says of itself.
    private func check(_ url: String) throws(ProviderError) {
        do throws(WebhookURL.Refusal) { _ = try ProviderURL(url, networks: networks) } catch {
            throw ProviderError(
                .malformed,
                "a URL in the provider's document cannot be used: \(error.problem)"
            )
        }
    }
}
