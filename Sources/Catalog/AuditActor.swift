package import Domain
internal import FoundationEssentials

/// Who does something, as an entry of the audit log says it.
package struct AuditActor: Hashable, Sendable, Encodable {
    /// What kind of actor it is.
    package enum Kind: String, Sendable, Encodable {
        /// Nobody has shown who it is, as at a login.
        case nobody
        /// Somebody by a login.
        case person
        /// A program by an API key of somebody's.
        case key
        /// Whoever runs `sparc` at the command line.
        case command
        /// A part of SPARC, by itself.
        case system
    }

    /// Characters of a program's own description that are kept.
    package static let agentLimit = 256

    package var kind: Kind
    /// The person; of a key, whose it is.
    package var id: UserID?
    /// The organisation that the person belongs to, where it is another than the log's.
    package var home: TenantID?
    /// The login, or the key's id.
    package var session: SessionID?
    /// What a command or part of SPARC calls itself.
    package var name: String?
    /// Where the request came from.
    package var address: String?
    package var agent: String?
    /// The request's id, as its answer and the process's log have it.
    package var request: String?

    package init(kind: Kind, name: String? = nil) {
        self.kind = kind
        self.name = name
    }

    /// JSON with members in a fixed order; no longer than 2 KB.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
