import ArgumentParser
import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore

extension StorageCommand {
    /// `sparc storage release`.
    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give restored footage back to retention, or list what is protected.",
            discussion: """
                Footage that `sparc storage rebuild` brought back is kept whatever its age until \
                it is released. Look first whether organisations, cameras and holds are as they \
                should be: after the release the next run of retention, within the hour, deletes \
                what is too old. `sparc retention run --plan` shows what that is.
                """
        )

        @Option(help: "The organisation's name.")
        var tenant: String?

        @Option(help: "Only this camera of the organisation.")
        var camera: String?

        @Flag(help: "All organisations.")
        var all = false

        @Flag(help: "Only list what is protected; changes nothing.")
        var plan = false

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            guard plan || (tenant != nil) != all else {
                throw ValidationError("name an organisation by --tenant, or say --all")
            }
            guard camera == nil || tenant != nil else {
                throw ValidationError("--camera needs the organisation's name by --tenant")
            }
            guard camera.map({ CameraID($0) != nil }) ?? true else {
                throw ValidationError("--camera is a UUID; --plan lists them")
            }
        }

        func run() async throws {
            let id = camera.flatMap { CameraID($0) }
            try await place.run(deletes: false) { catalog, _ in
                let protected = try await catalog.protectedFootage(tenantID(catalog)).filter {
                    id == nil || $0.camera == id
                }
                if let camera, protected.isEmpty {
                    throw CatalogError(.notFound, "nothing of camera \(camera) is protected")
                }
                if !plan {
                    for tenant in Set(protected.map(\.tenant)).sorted() {
                        _ = try await catalog.releaseRestored(tenant, camera: id)
                    }
                }
                StorageOutput.show(protected, isReleased: !plan, json: json)
            }
        }

        private func tenantID(_ catalog: Catalog) async throws -> TenantID? {
            guard let tenant else { return nil }
            guard let id = try await catalog.tenantID(named: tenant) else {
                throw CatalogError(.notFound, "there is no organisation \(tenant)")
            }
            return id
        }
    }
}
