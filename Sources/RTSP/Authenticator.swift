import Domain

/// Answers a camera's challenges with its credentials, which never leave this value but in the
/// `Authorization` header.
struct Authenticator {
    private let credentials: CameraCredentials?
    private var challenge: AuthenticationChallenge?
    private var hasUsedDigest = false
    private var count: UInt32 = 0
    private var nonceState: UInt64

    /// `nonceSeed` must differ from session to session: it is all the randomness there is.
    init(credentials: CameraCredentials?, nonceSeed: UInt64) {
        self.credentials = credentials
        nonceState = nonceSeed
    }

    /// Reads the challenges of a 401 to a request that was sent `answered` (with an authorization)
    /// or not, for the `attempt`th time from 0. Returns if the request is worth sending again.
    ///
    /// Wrong credentials are tried once: a second try can lock the camera's account. A nonce that
    /// has grown old is another matter: once more with the new one.
    mutating func learn(
        _ headers: [String],
        answered: Bool,
        attempt: Int
    ) throws(RTSPError) {
        guard credentials != nil else {
            throw RTSPError(
                .authentication,
                "the camera asks for a user name and password and none are set"
            )
        }
        guard let best = AuthenticationChallenge.best(headers) else {
            throw RTSPError(
                .authentication,
                "the camera asks for a way of logging in that is neither Digest nor Basic"
            )
        }
        if best == .basic, hasUsedDigest { throw Self.refused }
        if answered {
            guard attempt < 2, case .digest(let new) = best, case .digest(let old)? = challenge,
                new.isStale || (attempt == 0 && new.nonce != old.nonce)
            else { throw Self.refused }
        }
        if case .digest = best { hasUsedDigest = true }
        challenge = best
        count = 0
    }

    /// The header's value for a request, or nil as long as no challenge is known.
    mutating func authorization(method: String, uri: String) throws(RTSPError) -> String? {
        guard let challenge, let credentials else { return nil }
        guard credentials.user.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw RTSPError(.authentication, "the user name has control characters")
        }
        switch challenge {
        case .basic:
            let pair = "\(credentials.user):\(credentials.password)"
            return "Basic " + Base64.text(Array(pair.utf8))
        case .digest(let digest):
            return answer(digest, credentials, method, uri)
        }
    }

    private mutating func answer(
        _ digest: AuthenticationChallenge.Digest,
        _ credentials: CameraCredentials,
        _ method: String,
        _ uri: String
    ) -> String {
        count &+= 1
        let counter = Hex.text((0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - $0 * 8)) })
        let own = nextNonce()
        let response = Self.response(
            digest,
            credentials,
            request: "\(method):\(uri)",
            counter: counter,
            clientNonce: own
        )
        var text = "Digest username=\"\(Self.quoted(credentials.user))\""
        text += ", realm=\"\(Self.quoted(digest.realm))\""
        text += ", nonce=\"\(Self.quoted(digest.nonce))\", uri=\"\(Self.quoted(uri))\""
        text += ", response=\"\(response)\""
        if let name = digest.algorithmName { text += ", algorithm=\(ASCII.shown(name))" }
        if let opaque = digest.opaque { text += ", opaque=\"\(Self.quoted(opaque))\"" }
        if digest.hasQuality { text += ", qop=auth, nc=\(counter)" }
        if digest.hasQuality || digest.isSession { text += ", cnonce=\"\(own)\"" }
        return text
    }

    /// RFC 7616 section 3.4.1; without qop that of RFC 2069.
    static func response(
        _ digest: AuthenticationChallenge.Digest,
        _ credentials: CameraCredentials,
        request: String,
        counter: String,
        clientNonce: String
    ) -> String {
        func hash(_ text: String) -> String { DigestHash.hex(digest.algorithm, text) }
        var secret = hash("\(credentials.user):\(digest.realm):\(credentials.password)")
        if digest.isSession { secret = hash("\(secret):\(digest.nonce):\(clientNonce)") }
        return digest.hasQuality
            ? hash("\(secret):\(digest.nonce):\(counter):\(clientNonce):auth:\(hash(request))")
            : hash("\(secret):\(digest.nonce):\(hash(request))")
    }

    private static let refused = RTSPError(
        .authentication,
        "the camera refuses the user name or password"
    )

    private static func quoted(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { output.unicodeScalars.append("\\") }
            output.unicodeScalars.append(scalar)
        }
        return output
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014): distinct for every request of a session.
    private mutating func nextNonce() -> String {
        nonceState &+= 0x9e37_79b9_7f4a_7c15
        var mixed = nonceState
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return Hex.text((0..<8).map { UInt8(truncatingIfNeeded: mixed >> UInt64(56 - $0 * 8)) })
    }
}
