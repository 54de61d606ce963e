package import Catalog
internal import Domain

/// The body that adds or changes a client of a provider, checked.
package struct ClientRequest: Hashable, Sendable {
    private static let example =
        #"{"name":"Client Organization","domain":"client.com","plan":"enterprise","#
        + #""limits":{"doors":1000,"cameras":100,"users":500}}"#

    package var name: String?
    package var domain: String?
    package var plan: String?
    /// Of a new one `keep` and `remove` say the same.
    package var limits: LimitChanges
    /// Who gets the invitation to be its first owner.
    package var owner: String?

    /// Reads and checks a body; reports all wrong members at once.
    /// - Parameter isNew: Whether name and domain are needed, and an owner is taken.
    package init(body: [UInt8], isNew: Bool) throws(Problem) {
        var reader = try BodyReader(body: body, example: Self.example)
        name =
            isNew
            ? reader.requiredText("name", limit: 200, example: "Client Organization").trimmed()
            : reader.text("name", limit: 200, example: "Client Organization")?.trimmed()
        domain =
            isNew
            ? reader.requiredText("domain", limit: 253, example: "client.com").lowercased()
            : reader.text("domain", limit: 253, example: "client.com")?.lowercased()
        plan = reader.text("plan", limit: 64, example: "enterprise")
        limits = LimitChanges()
        if var wanted = reader.object("limits", example: #"{"cameras":100}"#) {
            limits.doors = Self.limit(&wanted, "doors", isNew, example: "1000")
            limits.cameras = Self.limit(&wanted, "cameras", isNew, example: "100")
            limits.users = Self.limit(&wanted, "users", isNew, example: "500")
            wanted.reportUnknown(known: "doors, cameras, users")
            reader.adopt(wanted.problems)
        }
        if isNew {
            owner = reader.text(
                "owner_email",
                limit: EmailAddress.limit,
                example: "you@client.com"
            )?.trimmed()
        }
        let known = "name, domain, plan, limits"
        reader.reportUnknown(known: isNew ? known + ", owner_email" : known)
        check(&reader)
        try reader.finish()
    }

    /// Null removes a limit that a client has.
    private static func limit(
        _ reader: inout BodyReader,
        _ name: String,
        _ isNew: Bool,
        example: String
    ) -> LimitChange {
        if !isNew, reader.takeNull(name) { return .remove }
        return reader.integer(name, TenantLimits.range, example: example).map { .set($0) } ?? .keep
    }

    /// The rules beyond lengths; only for fields of which nothing was said so far.
    private func check(_ reader: inout BodyReader) {
        let wrong = Set(reader.problems.map(\.field))
        if name?.isEmpty == true, !wrong.contains("name") {
            reader.report("name", "is empty", example: "Client Organization")
        }
        if let domain, !SetupRequest.isDomain(domain), !wrong.contains("domain") {
            reader.report(
                "domain",
                "must be of letters, digits and hyphens, with dots between the parts of a domain",
                example: "client.com"
            )
        }
        if let owner, !EmailAddress.isOne(owner), !wrong.contains("owner_email") {
            reader.report("owner_email", "is not an e-mail address", example: "you@client.com")
        }
    }
}
