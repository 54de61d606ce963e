import ArgumentParser
import Foundation
import Jobs
import ObjectStore

/// `sparc storage apply`.
struct StorageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Set up the bucket that footage is in, compare it, rebuild its index.",
        subcommands: [Apply.self, Rebuild.self, Reconcile.self, Release.self]
    )

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put SPARC's rules into the bucket, or show how it differs.",
            discussion: """
                A backstop behind the retention that `sparc retention` describes: objects expire \
                a week after the longest retention of any camera, and not at all while there is a \
                hold; coordinators keep both up to date from then on. Rules of others stay. Needs \
                DATABASE_URL, SPARC_MASTER_KEY (each also as _FILE) and the store's variables as \
                the coordinator has them.
                """
        )

        @Flag(help: "Change nothing; end with status 1 and say what is otherwise, if anything is.")
        var check = false

        @Flag(
            inversion: .prefixedNo,
            help: "Whether objects expire; without it only leftovers are swept."
        )
        var expire = true

        @Option(
            parsing: .upToNextOption,
            help: """
                Origins of pages that may read footage from the bucket, such as \
                https://sparc.example.org; for S3_DIRECT_PLAYBACK. Without it that rule stays as \
                it is.
                """
        )
        var origin: [String] = []

        @OptionGroup var place: RetentionPlace

        func validate() throws {
            for text in origin where !BucketOrigins.isOrigin(text) {
                throw ValidationError(
                    "--origin is scheme, host and port, such as https://sparc.example.org"
                )
            }
        }

        func run() async throws {
            try await place.run(deletes: true) { catalog, store in
                guard let bucket = store as? any LifecycleStoring else {
                    throw ValidationError("only a bucket has lifecycle rules: set S3_BUCKET")
                }
                let rules = BucketRules(catalog: catalog, store: bucket)
                guard check else {
                    try await applyOrigins(store)
                    try await rules.apply(expires: expire).forEach { print("changed: \($0)") }
                    for rule in try await rules.wanted(expires: expire) {
                        print("\(rule.id): \(BucketRules.text(rule))")
                    }
                    return
                }
                let differences =
                    try await originDifferences(store) + rules.check(expires: expire)
                guard differences.isEmpty else {
                    differences.forEach { print($0) }
                    throw ExitCode(1)
                }
                print("the bucket's rules are as they should be")
            }
        }

        private func applyOrigins(_ store: any ObjectStoring) async throws {
            guard !origin.isEmpty, let bucket = store as? any OriginStoring else { return }
            if try await BucketOrigins(store: bucket).apply(origin) {
                print("changed: sparc-playback is for \(origin.joined(separator: ", "))")
            }
        }

        private func originDifferences(_ store: any ObjectStoring) async throws -> [String] {
            guard !origin.isEmpty, let bucket = store as? any OriginStoring,
                try await !BucketOrigins(store: bucket).check(origin)
            else { return [] }
            return ["sparc-playback is missing or for other origins"]
        }
    }
}
