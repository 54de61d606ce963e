import ArgumentParser
import Catalog

/// `sparc provider`.
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "Let an organisation have clients, or not any more.",
        discussion: """
            The first organisation of an installation may from the start. Clients are added by \
            its owners and administrators: POST /api/v1/tenants. Needs DATABASE_URL and \
            SPARC_MASTER_KEY (each also as _FILE) as the coordinator has them.
            """
    )

    @Option(help: "The organisation's name.")
    var tenant: String

    @Flag(help: "Not any more; clients that it has stay its own.")
    var off = false

    @OptionGroup var place: RetentionPlace

    func run() async throws {
        try await place.run(deletes: false) { catalog, _ in
            guard let id = try await catalog.tenantID(named: tenant),
                try await catalog.setProvider(id, !off)
            else { throw CatalogError(.notFound, "there is no organisation \(tenant)") }
            print("\(tenant) \(off ? "adds no more clients" : "may have clients")")
        }
    }
}
