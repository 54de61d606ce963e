import Crypto
import Domain
import FoundationEssentials

/// Asks for and checks credentials on one connection: Basic (RFC 7617), Digest with MD5 as of
/// RFC 2617 without qop, Digest with SHA-256 as of RFC 7616.
struct Authenticator: Sendable {
    static let realm = "Simulated camera"

    enum Verdict: Hashable, Sendable {
        case accepted
        /// No or wrong credentials: 401.
        case refused
        /// Right credentials, old nonce: 401 with `stale=true`.
        case stale
    }

    private let scheme: FarmAuthentication
    private let credentials: CameraCredentials?
    private(set) var nonce: String

    init(_ scheme: FarmAuthentication, _ credentials: CameraCredentials?, nonce: String) {
        self.scheme = scheme
        self.credentials = credentials
        self.nonce = nonce
    }

    /// What was issued before is stale from now on.
    mutating func renew(nonce: String) {
        self.nonce = nonce
    }

    /// The `WWW-Authenticate` values, the best first.
    func challenges(stale: Bool) -> [String] {
        let tail = "realm=\"\(Self.realm)\", nonce=\"\(nonce)\"" + (stale ? ", stale=true" : "")
        let basic = "Basic realm=\"\(Self.realm)\""
        let md5 = "Digest " + tail
        let sha256 = "Digest \(tail), algorithm=SHA-256, qop=\"auth\""
        return switch scheme {
        case .none: [md5]
        case .basic: [basic]
        case .digestMD5: [md5]
        case .digestSHA256: [sha256]
        case .any: [sha256, md5, basic]
        }
    }

    func verdict(authorization: String?, method: String) -> Verdict {
        guard scheme != .none else { return .accepted }
        guard let authorization, let credentials else { return .refused }
        if authorization.lowercased().hasPrefix("basic ") {
            guard scheme == .basic || scheme == .any else { return .refused }
            let expected = Data("\(credentials.user):\(credentials.password)".utf8)
            return Data(base64Encoded: String(authorization.dropFirst(6))) == expected
                ? .accepted : .refused
        }
        guard authorization.lowercased().hasPrefix("digest ") else { return .refused }
        return digest(Self.fields(authorization.dropFirst(7)), method, credentials)
    }

    private func digest(
        _ fields: [String: String],
        _ method: String,
        _ credentials: CameraCredentials
    ) -> Verdict {
        let isSHA256 = fields["algorithm"]?.uppercased() == "SHA-256"
        let isAllowed =
            switch scheme {
            case .digestMD5: !isSHA256
            case .digestSHA256: isSHA256
            case .any: true
            case .none, .basic: false
            }
        guard isAllowed, let nonce = fields["nonce"], let uri = fields["uri"],
            let response = fields["response"], fields["username"] == credentials.user,
            fields["realm"] == Self.realm
        else { return .refused }
        func hash(_ text: String) -> String {
            isSHA256
                ? Self.hex(SHA256.hash(data: Array(text.utf8)))
                : Self.hex(Insecure.MD5.hash(data: Array(text.utf8)))
        }
        let first = hash("\(credentials.user):\(Self.realm):\(credentials.password)")
        let second = hash("\(method):\(uri)")
        let middle: String
        if let qop = fields["qop"] {
            middle = "\(nonce):\(fields["nc"] ?? ""):\(fields["cnonce"] ?? ""):\(qop)"
        } else {
            middle = nonce
        }
        guard hash("\(first):\(middle):\(second)") == response.lowercased() else {
            return .refused
        }
        return nonce == self.nonce ? .accepted : .stale
    }

    /// `name=value` or `name="value"`, parted by commas; commas in quotes do not part.
    static func fields(_ text: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        var parts: [String] = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].filter { $0 != " " }.lowercased()
            fields[name] = String(part[part.index(after: equals)...])
        }
        return fields
    }

    private static func hex(_ digest: some Sequence<UInt8>) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
