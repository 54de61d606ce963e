/// Wraps data keys under keys that derive from the master key: the key service of an installation
/// that has its master key in its settings. Prints nothing of it.
package struct LocalKeyService: KeyService, CustomStringConvertible, CustomReflectable {
    /// The first wraps; all unwrap.
    private let keys: [SealingKey]

    /// - Parameters:
    ///   - ring: Of the master key.
    ///   - previous: Of the master key before it, until all data keys are wrapped anew.
    package init(ring: KeyRing, previous: KeyRing? = nil) {
        keys = ([ring] + (previous.map { [$0] } ?? [])).map { SealingKey.wrapping($0) }
    }

    package func wrap(
        _ key: [UInt8],
        for context: DataKeyContext
    ) async throws(KeysError) -> [UInt8] {
        try keys[0].seal(key, for: Self.place(context))
    }

    package func unwrap(
        _ wrapped: [UInt8],
        for context: DataKeyContext
    ) async throws(KeysError) -> [UInt8] {
        let header = try SealedHeader(wrapped)
        guard let key = keys.first(where: { $0.number == header.number }) else {
            throw KeysError(
                code: .unknownKey,
                message: "a data key is wrapped under another master key: give it as "
                    + "SPARC_MASTER_KEY_PREVIOUS and run sparc keys rewrap"
            )
        }
        return try key.open(wrapped, for: Self.place(context))
    }

    package func isCurrent(_ wrapped: [UInt8]) -> Bool {
        (try? SealedHeader(wrapped))?.number == keys[0].number
    }

    private static func place(_ context: DataKeyContext) -> EnvelopeContext {
        EnvelopeContext(
            purpose: "data_keys.wrapped",
            tenant: context.tenant,
            row: "\(context.number)"
        )
    }

    package var description: String {
        "(local key service)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
