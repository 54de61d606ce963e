// swift-tools-version: 6.2
// One package, one executable (`sparc`), one target per concern. What each target may import is
// the table in `Tests/ArchitectureTests/ImportTable.swift`, which a test enforces.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

/// A target of ours: the strict settings always, nothing implicit.
func ours(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target
{
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// The tests of one target; TestSupport is always at hand.
func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["TestSupport"],
        exclude: exclude,
        swiftSettings: strict
    )
}

let package = Package(
    name: "sparc",
    products: [.executable(name: "sparc", targets: ["sparc"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(
            name: "CFFmpeg",
            pkgConfig: "libavformat libavcodec libavutil",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev"])]
        ),
        .systemLibrary(
            name: "CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CArgon2",
            pkgConfig: "libargon2",
            providers: [.apt(["libargon2-dev"])]
        ),
        // Without its pkg-config file: that has a flag that SwiftPM warns about and leaves out.
        .systemLibrary(name: "CRedis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Values and pure parts.
        ours("Domain", []),
        ours("Settings", ["Domain"]),
        ours("Telemetry", [logging, metrics]),
        ours("Keys", ["Domain", crypto]),
        ours("RTSP", ["Domain", crypto]),
        ours("Playlist", ["Domain"]),
        ours("Fleet", ["Domain"]),
        ours("Alerting", ["Domain"]),
        ours(
            "Identity",
            [
                "Domain", "Keys", crypto, .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),

        // The world: sockets, media, disk, HTTP, database.
        ours("Processes", ["CLinux", "Domain"]),
        ours("Sockets", ["Domain", "CLinux"]),
        ours("MediaIO", ["Domain", "CFFmpeg"]),
        ours("Files", ["CLinux"]),
        ours("Spool", ["Domain", "Files"]),
        ours("Transfer", ["Domain", "Telemetry", "CCurl"]),
        ours("ObjectStore", ["Domain", "Files", "Transfer", crypto]),
        ours("Database", ["Domain", "CPostgres"]),
        ours("PasswordHash", ["Domain", "CArgon2"]),
        ours("SharedState", ["Domain", "Transfer", "CRedis"]),
        ours("Catalog", ["Domain", "Telemetry", "Database"]),

        // Roles and their parts.
        ours("Recorder", ["Domain", "Files", "RTSP", "Sockets", "MediaIO", "Spool"]),
        ours("Shipper", ["Domain", "Files", "Spool", "ObjectStore"]),
        ours(
            "LiveEdge",
            [
                "Domain", "Telemetry", "Spool", "Playlist", "Keys", hummingbird, logging,
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        ours(
            "Worker",
            [
                "Domain", "Files", "Keys", "Telemetry", "Spool", "Shipper", "LiveEdge", "Transfer",
                "ObjectStore", "Processes", lifecycle, logging, metrics,
            ]
        ),
        ours("Jobs", ["Domain", "Telemetry", "Catalog", "ObjectStore", "Keys"]),
        ours(
            "API",
            [
                "Domain", "Telemetry", "Catalog", "Identity", "Keys", "Playlist", "Fleet",
                "Alerting", "ObjectStore", hummingbird,
            ],
            resources: [.copy("openapi.yaml")]
        ),
        ours("Console", ["Domain", hummingbird], resources: [.copy("Assets")]),
        ours(
            "Coordinator",
            [
                "Domain", "Telemetry", "Settings", "Catalog", "Database", "Identity", "Keys",
                "PasswordHash", "Playlist", "Fleet", "Alerting", "ObjectStore", "Transfer", "API",
                "Console", "Jobs", "Processes", "SharedState",
                hummingbird, lifecycle,
            ]
        ),
        ours("CameraSimulator", ["Domain"] + nio + [crypto]),
        .executableTarget(
            name: "sparc",
            dependencies: [
                "Domain", "Telemetry", "Settings", "Keys", "Transfer", "Database", "Catalog",
                "Jobs", "Recorder", "Worker", "Coordinator", "CameraSimulator", "Sockets", "Spool",
                "ObjectStore", "Processes", "Files", "PasswordHash", "SharedState", lifecycle,
                logging, metrics,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        // `make bench`; not part of `make run`.
        .executableTarget(
            name: "SparcBench",
            dependencies: [
                "Domain", "TestSupport", "Transfer", "Processes", "Sockets", "Database", "Identity",
                "Keys", "PasswordHash",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/SparcBench",
            swiftSettings: strict
        ),
        ours(
            "TestSupport",
            [
                "Domain", "Database", "Transfer", "Sockets", "Processes", "Files", "CLinux",
                "ObjectStore",
            ] + nio
        ),

        // Tests.
        tests("ArchitectureTests", []),
        tests("DomainTests", ["Domain"]),
        tests("SettingsTests", ["Settings", "Domain"]),
        tests("TransferTests", ["Transfer", "Domain"] + nio),
        tests("KeysTests", ["Keys", "Domain", crypto]),
        tests(
            "IdentityTests",
            [
                "Identity", "Keys", "Domain", crypto,
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]
        ),
        tests("RTSPTests", ["RTSP", "Domain"]),
        tests(
            "RecorderTests",
            [
                "Recorder", "MediaIO", "Sockets", "Spool", "Files", "RTSP", "Domain",
                "CameraSimulator",
            ]
        ),
        tests("SpoolTests", ["Domain", "Files", "Spool"]),
        tests("ShipperTests", ["Domain", "Files", "Spool", "ObjectStore", "Shipper"]),
        tests(
            "ObjectStoreTests",
            ["ObjectStore", "Transfer", "Files", "Processes", "Domain"] + nio
        ),
        tests("PlaylistTests", ["Playlist", "Fleet", "Domain"]),
        tests(
            "LiveEdgeTests",
            [
                "LiveEdge", "Keys", "Playlist", "Spool", "Domain", "Telemetry", hummingbird,
                logging, metrics,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + nio
        ),
        tests("AlertingTests", ["Alerting", "Fleet", "Keys", "Processes", "Domain"]),
        tests(
            "WorkerTests",
            ["Worker", "Processes", "Domain", "ObjectStore", "Spool", "LiveEdge", logging]
        ),
        tests("CatalogTests", ["Catalog", "Database", "PasswordHash", "Domain"]),
        tests("SharedStateTests", ["SharedState", "Domain"]),
        tests("BenchmarkTests", ["SparcBench", "Domain"]),
        tests("JobsTests", ["Jobs", "Catalog", "Database", "ObjectStore", "Keys", "Domain"]),
        tests("CameraSimulatorTests", ["CameraSimulator", "Domain", crypto] + nio),
        tests(
            "APITests",
            [
                "API", "Coordinator", "Domain", "Keys", "Catalog", "Identity", "Playlist",
                "Telemetry",
                "Database", "Jobs", "ObjectStore", "PasswordHash", "Transfer", "Alerting",
                "Processes", "SharedState",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Yams", package: "Yams"), crypto,
            ]
        ),
        tests(
            "IntegrationTests",
            [
                "Domain", "Transfer", "ObjectStore", "Playlist", "CameraSimulator", "Processes",
                "Sockets", "Database",
            ],
            exclude: [
                "foreign-camera.py", "openid-provider.txt", "rebinding-names.py",
                "stored-objects.py",
            ]
        ),
    ]
)
