/// What a camera wants to see, from one `WWW-Authenticate` header (RFC 7235, RFC 7616, RFC 2617).
enum AuthenticationChallenge: Equatable {
    case basic
    case digest(Digest)

    struct Digest: Equatable {
        var realm: String
        var nonce: String
        var opaque: String?
        var algorithm: DigestAlgorithm
        /// The name as the camera wrote it, to be repeated; nil if it wrote none.
        var algorithmName: String?
        var isSession: Bool
        /// True for qop=auth; without any qop the older form of RFC 2069 is answered.
        var hasQuality: Bool
        var isStale: Bool
    }

    /// Parameters of one challenge; real ones have seven.
    private static let parameterLimit = 32

    /// Nil for a scheme, an algorithm or a qop that is not spoken, and for a broken challenge.
    init?(_ header: String) {
        let text = ASCII.trimmed(header)
        let words = text.split(separator: " ", maxSplits: 1)
        guard let scheme = words.first else { return nil }
        if ASCII.equal(scheme, "basic") {
            self = .basic
            return
        }
        guard ASCII.equal(scheme, "digest"), words.count == 2,
            let values = Self.parameters(words[1]), let nonce = values["nonce"]
        else { return nil }
        var name = (values["algorithm"] ?? "MD5").uppercased()
        let isSession = name.hasSuffix("-SESS")
        if isSession { name = String(name.dropLast(5)) }
        let algorithm: DigestAlgorithm
        switch name {
        case "MD5": algorithm = .md5
        case "SHA-256": algorithm = .sha256
        default: return nil
        }
        let offered = values["qop"].map { quality in
            quality.split { $0 == "," || $0 == " " }.contains { ASCII.equal($0, "auth") }
        }
        // Only auth-int: the body would have to be hashed, and no camera asks for it.
        guard offered != false else { return nil }
        self = .digest(
            Digest(
                realm: values["realm"] ?? "",
                nonce: nonce,
                opaque: values["opaque"],
                algorithm: algorithm,
                algorithmName: values["algorithm"],
                isSession: isSession,
                hasQuality: offered ?? false,
                isStale: values["stale"].map { ASCII.equal($0, "true") } ?? false
            )
        )
    }

    /// The best of several: SHA-256 before MD5, and Basic only where no Digest is offered, because
    /// it sends the password readable.
    static func best(_ headers: [String]) -> AuthenticationChallenge? {
        var best: AuthenticationChallenge?
        for challenge in headers.compactMap({ AuthenticationChallenge($0) }) {
            switch (challenge, best) {
            case (_, nil), (.digest, .basic): best = challenge
            case (.digest(let new), .digest(let old)) where new.algorithm > old.algorithm:
                best = challenge
            default: break
            }
        }
        return best
    }

    /// `name=token` and `name="quoted"` pieces; names in lower case, the first of a name counts.
    /// Nil for an unfinished quotation or control characters, which would break our own header.
    private static func parameters(_ text: Substring) -> [String: String]? {
        var values: [String: String] = [:]
        var rest = Array(text.utf8)[...]
        func skip(_ set: (UInt8) -> Bool) {
            while let first = rest.first, set(first) { rest.removeFirst() }
        }
        for _ in 0..<parameterLimit {
            skip { $0 == 32 || $0 == 9 || $0 == 44 }
            guard !rest.isEmpty else { return values }
            let nameBytes = rest.prefix { $0 != 61 && $0 != 44 }
            rest = rest.dropFirst(nameBytes.count)
            guard rest.first == 61 else { continue }
            rest.removeFirst()
            skip { $0 == 32 || $0 == 9 }
            var value: [UInt8] = []
            if rest.first == 34 {
                rest.removeFirst()
                guard let quoted = quotation(&rest) else { return nil }
                value = quoted
            } else {
                value = Array(rest.prefix { $0 != 44 })
                rest = rest.dropFirst(value.count)
            }
            guard value.allSatisfy({ $0 >= 32 && $0 != 127 }) else { return nil }
            let name = ASCII.trimmed(String(decoding: nameBytes, as: UTF8.self)).lowercased()
            if values[name] == nil {
                values[name] = String(ASCII.trimmed(String(decoding: value, as: UTF8.self)))
            }
        }
        return values
    }

    private static func quotation(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 34 { return value }
            if byte == 92 {
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped)
            } else {
                value.append(byte)
            }
        }
        return nil
    }
}
