import Domain
import Keys
import Testing

@Suite struct EnvelopeTests {
    private let context = EnvelopeContext(
        purpose: "cameras.credentials",
        tenant: TenantID(),
        row: CameraID().description
    )

    private func code(_ body: () throws -> Void) -> KeysError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? KeysError)?.code
        }
    }

    @Test func `what is sealed opens at its place`() throws {
        let envelope = Envelope(ring: try KeyRing(masterKey: exampleKey))
        for length in [0, 1, 15, 16, 17, 1_000, Envelope.plainLimit] {
            let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let sealed = try envelope.seal(plain, for: context)
            #expect(sealed.count == length + Envelope.overhead)
            #expect(try envelope.open(sealed, for: context) == plain)
        }
        #expect(
            code {
                _ = try envelope.seal(
                    [UInt8](repeating: 0, count: Envelope.plainLimit + 1),
                    for: context
                )
            } == .tooLong
        )
    }

    @Test func `two seals of one value share no bytes but the header`() throws {
        let envelope = Envelope(ring: try KeyRing(masterKey: exampleKey))
        let first = try envelope.seal(Array("password".utf8), for: context)
        let second = try envelope.seal(Array("password".utf8), for: context)
        #expect(first.prefix(5) == second.prefix(5))
        #expect(first.dropFirst(5) != second.dropFirst(5))
    }

    @Test func `a value moved to another place does not open`() throws {
        let envelope = Envelope(ring: try KeyRing(masterKey: exampleKey))
        let sealed = try envelope.seal([1, 2, 3], for: context)
        let others = [
            EnvelopeContext(purpose: "other", tenant: context.tenant, row: context.row),
            EnvelopeContext(purpose: context.purpose, tenant: TenantID(), row: context.row),
            EnvelopeContext(purpose: context.purpose, tenant: context.tenant, row: "x"),
            EnvelopeContext(
                purpose: context.purpose + context.tenant.description,
                tenant: context.tenant,
                row: ""
            ),
        ]
        for other in others {
            #expect(code { _ = try envelope.open(sealed, for: other) } == .notAuthentic)
        }
    }

    @Test func `every flipped bit and every shorter length is refused`() throws {
        let envelope = Envelope(ring: try KeyRing(masterKey: exampleKey))
        let sealed = try envelope.seal(Array("hunter2".utf8), for: context)
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            let expected: KeysError.Code =
                bit < 8 ? .unknownVersion : bit < 40 ? .unknownKey : .notAuthentic
            #expect(code { _ = try envelope.open(changed, for: context) } == expected)
        }
        for length in 0..<sealed.count {
            let found = code { _ = try envelope.open(Array(sealed.prefix(length)), for: context) }
            #expect(found == (length < Envelope.overhead ? .malformedEnvelope : .notAuthentic))
        }
    }

    @Test func `a new key seals while the old one still opens`() throws {
        let old = [UInt8](repeating: 1, count: 32)
        let new = [UInt8](repeating: 2, count: 32)
        let before = try Envelope(current: 7, keys: [7: old])
        let sealed = try before.seal([9], for: context)
        let after = try Envelope(current: 8, keys: [7: old, 8: new])
        #expect(try after.open(sealed, for: context) == [9])
        let fresh = try after.seal([9], for: context)
        #expect(code { _ = try before.open(fresh, for: context) } == .unknownKey)
        #expect(code { _ = try Envelope(current: 1, keys: [7: old]) } == .unknownKey)
        #expect(code { _ = try Envelope(current: 1, keys: [1: [1]]) } == .wrongKeyLength)
    }
}
