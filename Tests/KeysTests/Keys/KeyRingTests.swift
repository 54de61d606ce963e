import Crypto
import Keys
import Testing

@Suite struct KeyRingTests {
    @Test func `derivation is HKDF-SHA256 as an independent implementation computes it`() throws {
        let ring = try KeyRing(masterKey: exampleKey)
        let derived = ring.derive(.mediaSignature)
        let peer = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: exampleKey),
            salt: Array("sparc key ring".utf8),
            info: Array("media-signature/1".utf8),
            outputByteCount: 32
        )
        #expect(SymmetricKey(data: derived) == peer)
        #expect(derived.count == KeyRing.keyLength)
    }

    @Test func `purposes and master keys never share a derived key`() throws {
        let purposes: [KeyPurpose] = [
            .mediaSignature, .tokenSignature(period: 1), .playlistToken, .envelope(1), .envelope(2),
            .dataKeyWrapping, .masterKeyNumber, .refreshToken, .auditAnchor,
            .databasePassword(role: "sparc_app"), .databasePassword(role: "sparc_platform"),
        ]
        let other = try KeyRing(masterKey: exampleKey.reversed())
        let ring = try KeyRing(masterKey: exampleKey)
        let keys = Set(purposes.flatMap { [ring.derive($0), other.derive($0)] })
        #expect(keys.count == purposes.count * 2)
        #expect(ring.derive(.tokenSignature(period: 1)) == ring.derive("access-token-ed25519/1/1"))
    }

    @Test func `a master key of another length is refused`() {
        for length in [0, 16, 31, 33, 64] {
            #expect(throws: KeysError.self) {
                try KeyRing(masterKey: [UInt8](repeating: 1, count: length))
            }
        }
    }

    @Test func `nothing of a key is printed`() throws {
        let ring = try KeyRing(masterKey: exampleKey)
        var text = ""
        dump(ring, to: &text)
        dump(Envelope(ring: ring, store: MemoryKeyStore()), to: &text)
        dump(try SealingKey(number: 1, bytes: exampleKey), to: &text)
        dump(LocalKeyService(ring: ring), to: &text)
        dump(try MediaSigner(key: exampleKey, keyID: "m1"), to: &text)
        #expect(text.split(separator: "\n").count == 5, "\(text)")
        #expect("\(ring)" == "(key ring)")
    }
}
