// swift-tools-version: 6.1
import PackageDescription

/// What every Swift target of the house is compiled with: an import is visible only where it is written.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "banquet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "banquet", targets: ["banquet"]),
        .library(name: "CSP", targets: ["CSP"]),
        .library(name: "ModelChecking", targets: ["ModelChecking"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.25.0", traits: ["FullFoundation"]),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // The pure rooms: each imports nothing of ours.
        .target(name: "CSP", swiftSettings: house),
        .target(name: "ModelChecking", dependencies: ["CPrefetch"], swiftSettings: house),
        // One instruction that Swift has no word for.
        .target(name: "CPrefetch"),
        .target(name: "Coordination", swiftSettings: house),

        // A run's own communication, and its check.
        .target(name: "Communication", swiftSettings: house),

        // Text on a terminal: tables, progress, pictures, keys.
        .target(name: "Display", dependencies: ["Coordination"], swiftSettings: house),

        // What a cluster did, added up from its journal.
        .target(name: "Reporting", dependencies: ["Coordination", "Display"], swiftSettings: house),

        // The bridge between them.
        .target(
            name: "Verification", dependencies: ["CSP", "ModelChecking", "Coordination", "CSpecs"], swiftSettings: house
        ),
        // The specs that the binary carries.
        .target(name: "CSpecs"),

        // A deterministic world for the core.
        .target(name: "Simulation", dependencies: ["Coordination"], swiftSettings: house),

        // The lab: lessons about starvation and deadlock, as data.
        .target(name: "CLab", exclude: ["Exercises"]),
        .target(
            name: "Lab",
            dependencies: [
                "CLab", "CSP", "Coordination", "Verification", "Simulation", "Communication", "ConfigurationFiles",
            ], swiftSettings: house),

        // The outside world: C libraries, sockets, disk, processes.
        .systemLibrary(
            name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
        .target(name: "CWire", dependencies: ["CProtobufC"]),
        .target(name: "CPlatform"),
        .target(
            name: "Wire", dependencies: ["CWire", "Coordination"], exclude: ["banquet.proto"], swiftSettings: house),
        .target(
            name: "Messaging", dependencies: ["CZeroMQ", "CPlatform", .product(name: "Logging", package: "swift-log")],
            swiftSettings: house),
        .target(name: "Access", dependencies: ["Coordination", "Messaging"], swiftSettings: house),
        .target(
            name: "Storage",
            dependencies: [
                "Coordination", "CPlatform", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], swiftSettings: house),
        .target(name: "CDigits", exclude: ["digits.csv", "digits.md"]),
        .target(name: "Training", dependencies: ["Messaging", "CDigits"], swiftSettings: house),

        .target(
            name: "ConfigurationFiles",
            dependencies: ["Coordination", "Communication", .product(name: "Yams", package: "Yams")],
            swiftSettings: house),

        .target(
            name: "Doctor",
            dependencies: ["Access", "CPlatform", "ConfigurationFiles", "Messaging", "Storage", "Wire"],
            swiftSettings: house),

        // A cluster's hosts, over ssh.
        .target(
            name: "Deployment", dependencies: ["ConfigurationFiles", "Coordination"], swiftSettings: house),

        // The services, which tie the rooms together, and the command line, thin.
        .target(
            name: "Daemon",
            dependencies: [
                "Access", "Coordination", "Communication", "Verification", "ConfigurationFiles", "Wire", "Messaging",
                "Storage", "Training",
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
            ], swiftSettings: house),
        .target(name: "CConsolePage", exclude: ["page"]),
        .target(
            name: "Console",
            dependencies: [
                "Coordination", "Daemon", "Storage", "CConsolePage",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
            ], swiftSettings: house),
        .target(
            name: "Agent",
            dependencies: [
                "Coordination", "Wire", "Messaging", "CPlatform", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: house),
        .executableTarget(
            name: "banquet",
            dependencies: [
                "CSP", "ModelChecking", "Verification", "Coordination", "Simulation", "Lab", "Communication",
                "ConfigurationFiles", "Wire", "Access", "Doctor", "Display", "Reporting", "Messaging", "Storage", "CPlatform",
                "Training", "Daemon", "Agent", "Console", "Deployment", .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: house),

        .testTarget(name: "CSPTests", dependencies: ["CSP"], exclude: ["Files"]),
        .testTarget(name: "ModelCheckingTests", dependencies: ["ModelChecking"]),
        .testTarget(name: "CoordinationTests", dependencies: ["Coordination"]),
        .testTarget(name: "VerificationTests", dependencies: ["Verification", "CSP", "ModelChecking", "Coordination"]),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Verification", "Simulation", "Coordination", "CSP"],
            exclude: ["Journals"]),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "Coordination", "Verification"],
            exclude: ["Scenarios"]),
        .testTarget(name: "LabTests", dependencies: ["Lab", "Verification", "Coordination", "Simulation", "Communication"]),
        // A terminal for tests, and somebody who sits at it.
        .target(name: "TerminalEmulator", path: "Tests/TerminalEmulator"),
        .target(name: "CPseudoTerminal", path: "Tests/CPseudoTerminal"),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Simulation", "Coordination"]),
        .testTarget(name: "DisplayTests", dependencies: ["Display", "Coordination", "TerminalEmulator"]),
        .testTarget(name: "SpecsTests", dependencies: ["Verification"], exclude: ["mutations.json"]),
        .testTarget(
            name: "ConfigurationFilesTests", dependencies: ["ConfigurationFiles", "Communication", "Coordination"]),
        .testTarget(
            name: "CommunicationTests", dependencies: ["Communication", "ConfigurationFiles", "Verification", "CSP"]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "CWire", "Coordination"]),
        .testTarget(name: "MessagingTests", dependencies: ["Messaging"]),
        .testTarget(name: "DoctorTests", dependencies: ["Doctor", "Access", "ConfigurationFiles", "Messaging"]),
        .testTarget(name: "AccessTests", dependencies: ["Access", "Coordination", "Messaging"]),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "Coordination", .product(name: "GRDB", package: "GRDB.swift")],
            exclude: ["Folders"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training", "Messaging"]),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "Coordination", "Wire", "Messaging", .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Verification", "Agent", "Access", "Coordination", "Wire", "Messaging", "Storage",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Coordination", "Daemon", "Storage", .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["banquet", "TerminalEmulator", "CPseudoTerminal"], exclude: ["Torch"]),
        .testTarget(name: "HouseTests"),
    ],
    swiftLanguageModes: [.v6]
)
