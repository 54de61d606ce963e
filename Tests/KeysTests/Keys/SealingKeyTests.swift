import Domain
import Keys
import Testing

@Suite struct SealingKeyTests {
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
        let key = try SealingKey(number: 7, bytes: exampleKey)
        for length in [0, 1, 15, 16, 17, 1_000, SealingKey.plainLimit] {
            let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let sealed = try key.seal(plain, for: context)
            #expect(sealed.count == length + SealingKey.overhead)
            #expect(try key.open(sealed, for: context) == plain)
        }
        #expect(
            code {
                _ = try key.seal(
                    [UInt8](repeating: 0, count: SealingKey.plainLimit + 1),
                    for: context
                )
            } == .tooLong
        )
    }

    @Test func `two seals of one value share no bytes but the header`() throws {
        let key = try SealingKey(number: 7, bytes: exampleKey)
        let first = try key.seal(Array("password".utf8), for: context)
        let second = try key.seal(Array("password".utf8), for: context)
        #expect(first.prefix(5) == second.prefix(5))
        #expect(first.dropFirst(5) != second.dropFirst(5))
    }

    @Test func `a value moved to another place does not open`() throws {
        let key = try SealingKey(number: 7, bytes: exampleKey)
        let sealed = try key.seal([1, 2, 3], for: context)
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
            #expect(code { _ = try key.open(sealed, for: other) } == .notAuthentic)
        }
    }

    @Test func `every flipped bit and every shorter length is refused`() throws {
        let key = try SealingKey(number: 7, bytes: exampleKey)
        let sealed = try key.seal(Array("hunter2".utf8), for: context)
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            let expected: KeysError.Code =
                bit < 8 ? .unknownVersion : bit < 40 ? .unknownKey : .notAuthentic
            #expect(code { _ = try key.open(changed, for: context) } == expected)
        }
        for length in 0..<sealed.count {
            let found = code { _ = try key.open(Array(sealed.prefix(length)), for: context) }
            #expect(found == (length < SealingKey.overhead ? .malformedEnvelope : .notAuthentic))
        }
    }

    @Test func `values of two keys, and of two versions, are told apart`() throws {
        let old = try SealingKey(number: 7, bytes: [UInt8](repeating: 1, count: 32))
        let new = try SealingKey(number: 8, bytes: [UInt8](repeating: 1, count: 32))
        let former = SealingKey.ofAllTenants(try KeyRing(masterKey: exampleKey))
        let sealed = try [old, new, former].map { try $0.seal([9], for: context) }
        #expect(try sealed.map { try SealedHeader($0).version } == [2, 2, 1])
        #expect(try sealed.map { try SealedHeader($0).number } == [7, 8, 1])
        for (index, key) in [old, new, former].enumerated() {
            for (other, value) in sealed.enumerated() {
                let found = code { _ = try key.open(value, for: context) }
                #expect(found == (other == index ? nil : .unknownKey))
            }
        }
        // The number is a part of what is authenticated, not only a name.
        var renamed = sealed[0]
        renamed[4] = 8
        #expect(code { _ = try new.open(renamed, for: context) } == .notAuthentic)
        #expect(code { _ = try SealingKey(number: 1, bytes: [1]) } == .wrongKeyLength)
    }
}
