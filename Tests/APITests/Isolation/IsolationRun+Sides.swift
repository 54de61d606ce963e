import Domain

/// What a request says beside its ids, and what was answered to somebody else before: neither may
/// tell of another organisation.
extension IsolationRun {
    /// What the victim was answered for an `Idempotency-Key`.
    struct Kept {
        var operation: String
        var entry: IsolationEntry
        var key: String
        var text: String
    }

    /// The victim reads all that it can and makes one thing with each key, so that whatever is kept
    /// of an answer is kept before the caller asks.
    mutating func victimAsksFirst(_ operations: [String]) async throws -> [Kept] {
        // Otherwise whoever says to be of the victim is somebody else, or nobody.
        guard [.both, .application].contains(layers) else { return [] }
        let token = world.victim.member.token
        var kept: [Kept] = []
        for operation in Self.ordered(operations) {
            for entry in IsolationEntry.table[operation] ?? [] where operation.hasPrefix("GET") {
                let id = entry.kind.flatMap { world.victim.ids[$0] }
                let own = id ?? world.victim.cursors[operation] ?? ""
                _ = try await call(operation, entry, own, token, as: world.victim)
            }
            guard Self.kept.contains(operation), let entry = IsolationEntry.table[operation]?.first
            else { continue }
            let key = "key-\(kept.count)"
            let outcome = try await call(
                operation,
                entry,
                "",
                token,
                as: world.victim,
                headers: [("Idempotency-Key", key)]
            )
            if outcome.status != 201 {
                findings.append("\(operation) of the victim with a key answers \(outcome.status)")
            }
            kept.append(Kept(operation: operation, entry: entry, key: key, text: outcome.raw))
        }
        return kept
    }

    /// Operations whose answers are kept under a key, and whose body names nothing of anybody.
    private static let kept: Set<String> = [
        "POST /api/v1/sites", "POST /api/v1/roles", "POST /api/v1/webhooks",
        "POST /api/v1/users", "POST /api/v1/api-keys",
    ]

    /// The caller's request with a key of the victim's is its own.
    mutating func runKeys(_ kept: [Kept], _ token: String) async throws {
        for kept in kept {
            let outcome = try await call(
                kept.operation,
                kept.entry,
                "",
                token,
                headers: [("Idempotency-Key", kept.key)]
            )
            look(outcome, kept.operation, kept.entry, "")
            if outcome.raw == kept.text {
                findings.append("\(kept.operation) shows what another was answered for its key")
            }
        }
    }

    /// Every path with a condition on a state that nothing, or anything, has.
    mutating func runConditions(_ operations: [String], _ token: String) async throws {
        for operation in Self.ordered(operations) {
            for entry in IsolationEntry.table[operation] ?? [] where entry.isByPath {
                guard let id = entry.kind.flatMap({ world.victim.ids[$0] }) else { continue }
                for header in [
                    ("If-Match", "*"), ("If-Match", #""x""#), ("If-None-Match", "*"),
                ] {
                    let foreign = try await call(operation, entry, id, token, headers: [header])
                    look(foreign, operation, entry, id)
                    let missing = try await call(
                        operation,
                        entry,
                        Self.missing,
                        token,
                        headers: [header]
                    )
                    compare(foreign, missing, "\(operation) with \(header.0): \(header.1)")
                }
            }
        }
    }

    /// What must be there once in an organisation may have another one's name: `#` stands for it, and
    /// for one that nobody has.
    static let names: [String: (body: String, taken: String)] = [
        "POST /api/v1/sites": (##"{"name":"#"}"##, "~-site"),
        "POST /api/v1/roles": (##"{"name":"#","permissions":["cameras.read"]}"##, "~-role"),
        "POST /api/v1/users": (##"{"email":"#","role":"viewer"}"##, "~-one@example.com"),
        "POST /api/v1/webhooks": (##"{"url":"#"}"##, "https://~.example.com/"),
        "POST /api/v1/cameras": (##"{"name":"#","url":"rtsp://10.1.2.3/x"}"##, "~-camera"),
        "POST /api/v1/identity-providers": (
            ##"{"name":"x","issuer":"#","client_id":"x","client_secret":"x"}"##,
            "https://~.example.com"
        ),
    ]

    /// A name of the victim's is no name that is taken.
    mutating func runNames(_ operations: [String], _ token: String) async throws {
        for (operation, name) in Self.names.sorted(by: { $0.key < $1.key })
        where operations.contains(operation) {
            let entry = IsolationEntry(body: name.body)
            let free = name.taken.replacing("~", with: "free")
            let taken = name.taken.replacing("~", with: world.victim.canary)
            let wanted = try await call(operation, entry, free, token)
            let outcome = try await call(operation, entry, taken, token)
            if outcome.status != wanted.status {
                findings.append(
                    "\(operation) tells a foreign name (\(outcome.status)) from one that nobody "
                        + "has (\(wanted.status))"
                )
            }
        }
    }
}
