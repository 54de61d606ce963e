import ArgumentParser

/// The one executable: arguments and composition, nothing else. One role per process.
struct SparcCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparc",
        abstract: "Cameras and doors on one screen: records every camera, decides who may enter.",
        discussion: """
            Start with `sparc up --demo`: it runs everything on this machine with simulated \
            cameras and prints where to look.
            """,
        version: "0.1.0",
        subcommands: [
            UpCommand.self, CoordinatorCommand.self, IngestCommand.self, MigrateCommand.self,
            SeedCommand.self, SetupLinkCommand.self, CamerasCommand.self, RetentionCommand.self,
            StorageCommand.self, AuditCommand.self, KeysCommand.self, ProviderCommand.self,
            HealthCheckCommand.self,
            SmokeCommand.self,
            SimulateCommand.self,
            RecorderCommandLine.self,
        ]
    )
}
