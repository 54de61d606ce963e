internal import Crypto
package import Domain

/// Signs media paths so that whoever has a playlist can fetch what it lists, and nothing else.
///
/// The signature depends on path, key id and expiry bucket only, never on the viewer: one segment
/// has one URI for all, which a CDN can cache. It is no right to see a playlist.
package struct MediaSigner: Sendable, CustomStringConvertible, CustomReflectable {
    /// Expiry is rounded up to this, seconds, so that the URIs of many requests are equal.
    package static let bucketSeconds: Int64 = 300
    /// Bytes of the HMAC that are kept: 192 bits, 32 characters without padding or unused bits.
    private static let signatureLength = 24
    private static let keyIDLimit = 32

    /// The name of the key, part of every signature.
    package let keyID: String
    private let key: SymmetricKey

    /// Throws `wrongKeyLength` unless the key has 32 bytes and the id 1 to 32 letters, digits, `-`
    /// and `_`.
    package init(key: [UInt8], keyID: String) throws(KeysError) {
        let plain = keyID.utf8.allSatisfy {
            48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == 45 || $0 == 95
        }
        guard key.count == KeyRing.keyLength, plain, 1...Self.keyIDLimit ~= keyID.utf8.count else {
            throw KeysError(
                code: .wrongKeyLength,
                message: "a media key has \(KeyRing.keyLength) bytes and an id of 1 to "
                    + "\(Self.keyIDLimit) letters or digits"
            )
        }
        self.keyID = keyID
        self.key = SymmetricKey(data: key)
    }

    /// `k=…&e=…&s=…` for a path; valid up to the end of the bucket that `expires` lies in.
    ///
    /// A path that is not canonical gets a query too, but `verify` refuses it.
    package func query(path: String, expires: WallTime) -> String {
        let bucket = Self.bucket(of: expires)
        return "k=\(keyID)&e=\(bucket)&s=\(signature(path: path, expiry: String(bucket)))"
    }

    /// The path with its query: what stands in a playlist.
    package func signed(_ path: String, expires: WallTime) -> String {
        path + "?" + query(path: path, expires: expires)
    }

    /// Whether the query is a signature of this very path that has not expired at `now`.
    ///
    /// `k`, `e` and `s` must each stand once; other items are ignored. The comparison takes the
    /// same time wherever a wrong signature differs.
    package func verify(
        path: String,
        query: [(name: String, value: String)],
        now: WallTime
    ) -> Bool {
        guard MediaPath.isCanonical(path), let keyID = Self.single("k", in: query),
            let expiry = Self.single("e", in: query), let given = Self.single("s", in: query),
            keyID == self.keyID, expiry.utf8.count <= 18,
            let seconds = Int64(expiry), String(seconds) == expiry, seconds >= 0,
            seconds % Self.bucketSeconds == 0
        else { return false }
        let expected = signature(path: path, expiry: expiry)
        let isRight = ConstantTime.equal(Array(given.utf8), Array(expected.utf8))
        return isRight && now < WallTime(seconds: seconds)
    }

    /// As the other `verify`, with the text after `?`; nothing in it may be percent-encoded.
    package func verify(path: String, query: String, now: WallTime) -> Bool {
        guard query.utf8.count <= MediaPath.lengthLimit else { return false }
        let items = query.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
        }
        return verify(path: path, query: items, now: now)
    }

    private static func single(
        _ name: String,
        in query: [(name: String, value: String)]
    ) -> String? {
        var found: String?
        for item in query where item.name == name {
            guard found == nil else { return nil }
            found = item.value
        }
        return found
    }

    /// Seconds since 1970, rounded up to a whole bucket.
    private static func bucket(of expires: WallTime) -> Int64 {
        let size = bucketSeconds * 1_000_000
        let microseconds = max(0, min(expires.microseconds, Int64.max - size))
        return (microseconds + size - 1) / size * bucketSeconds
    }

    private func signature(path: String, expiry: String) -> String {
        // The fields before the path cannot hold a newline, so the text is read in one way only.
        let message = "sparc-media-1\n\(keyID)\n\(expiry)\n\(path)"
        let code = HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key)
        return Base64.urlEncoded(code.prefix(Self.signatureLength))
    }

    package var description: String {
        "(media signer, key \(keyID))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
