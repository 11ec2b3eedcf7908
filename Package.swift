// swift-tools-version: 6.2
import PackageDescription

/// Every target shares one list: Swift 6 mode, strict memory safety, no warning survives.
let houseSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// `Bytes` and `HTTP` return spans of storage that their own types hold.
let bytesSettings = houseSettings + [.enableExperimentalFeature("Lifetimes")]

func library(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = houseSettings
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Executables/\(name)", swiftSettings: houseSettings)
}

func tests(_ target: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(target)Tests", dependencies: [.byName(name: target)] + dependencies, resources: resources,
        swiftSettings: houseSettings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet-proxy", targets: ["martlet-proxy"]),
        .executable(name: "martlet-collector", targets: ["martlet-collector"]),
        .executable(name: "martlet-controller", targets: ["martlet-controller"]),
        .executable(name: "martlet-demo", targets: ["martlet-demo"]),
        .executable(name: "martlet", targets: ["martlet"]),
        .library(name: "MetricsExporter", targets: ["MetricsExporter"]),
        .library(name: "Tracing", targets: ["Tracing"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CProtobuf", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        library("Bytes", settings: bytesSettings),
        library("Compression", ["CZlib", "CZstd"]),
        library("EventLoop", ["CLinux", "Bytes"]),
        library("TLS", ["COpenSSL", "Bytes"]),
        library("HTTP", ["Bytes"], settings: bytesSettings),
        library("HTTP2", ["Bytes", "HTTP", "CNghttp2"]),
        library("GRPC", ["Bytes", "HTTP"]),
        library("HTTPTransport", ["Bytes", "EventLoop", "HTTP", "HTTP2", "TLS"]),
        library("MetricsExporter", ["Bytes", "Compression", coreMetrics]),
        library("Tracing", ["Bytes", "CProtobuf", "Compression"]),
        library("Configuration", ["CYAML", argumentParser]),
        library("Routing", ["Configuration"]),
        library("Balancing"),
        library("Discovery", ["Configuration", "Routing"]),
        library(
            "Proxy",
            [
                "Bytes", "EventLoop", "HTTP", "HTTPTransport", "MetricsExporter", "Tracing", "Configuration",
                "Routing", "Balancing", "Discovery", "TLS", "HTTP2", "GRPC",
            ]),
        library(
            "TraceCollector",
            [
                "Bytes", "EventLoop", "HTTPTransport", "MetricsExporter", "Compression", "Configuration", "CSQLite",
                "CZlib", "GRPC",
            ]),
        library("IdentityService", ["EventLoop", "HTTPTransport", "MetricsExporter", "Configuration", "TLS"]),
        library("CollectorBench", ["EventLoop", "HTTP", "HTTPTransport", "GRPC", "Compression"]),
        library("Dashboards"),
        library("Demo", ["CLinux", "Bytes", "EventLoop", "TLS", "HTTPTransport", "Dashboards"]),
        library("CommandLine", ["TLS", "Configuration", argumentParser]),
        executable("martlet", ["CommandLine"]),
        executable("martlet-proxy", ["Proxy", "Configuration", "EventLoop", argumentParser]),
        executable(
            "martlet-collector", ["TraceCollector", "Configuration", "Dashboards", "EventLoop", argumentParser]),
        executable("martlet-controller", ["IdentityService", "Configuration", "EventLoop", argumentParser]),
        executable("collector-bench", ["CollectorBench", "EventLoop", argumentParser]),
        executable("martlet-demo", ["Configuration", "Demo", argumentParser]),
        executable("DemoService", ["Configuration", "Demo", "EventLoop", "HTTPTransport", argumentParser]),

        .target(name: "Programs", dependencies: ["CLinux"], path: "Tests/Programs", swiftSettings: houseSettings),
        tests("Programs"),
        tests("Bytes"),
        tests("EventLoop", ["Bytes"]),
        tests("TLS", ["Programs", "COpenSSL", "Bytes"]),
        tests("Tracing", ["Bytes", "CProtobuf", "Compression"]),
        tests("Compression"),
        tests("MetricsExporter", ["Programs", coreMetrics, "Compression"]),
        tests("Configuration", ["martlet-proxy", "martlet-collector", "martlet-controller", argumentParser]),
        tests("Routing", ["Configuration"]),
        tests("Balancing"),
        tests("Discovery", ["Configuration", "Routing"]),
        tests("HTTPTransport", ["Programs", "Bytes", "EventLoop", "HTTP", "HTTP2", "TLS"]),
        tests("CommandLine", ["Programs", "TLS", "martlet", argumentParser]),
        tests("IdentityService", ["Configuration", "TLS", "EventLoop", "HTTPTransport", "MetricsExporter"]),
        tests("Demo", ["Programs", "EventLoop", "HTTPTransport"]),
        tests("Dashboards", ["Programs", "MetricsExporter"]),
        tests("TraceCollector", ["CProtobuf", "Compression", "MetricsExporter", "GRPC", "Bytes"]),
        tests("HTTP", ["Bytes"]),
        .testTarget(
            name: "HTTP2Tests", dependencies: ["HTTP2", "CNghttp2", "Bytes", "HTTP", "Programs"], exclude: ["Interop"],
            swiftSettings: houseSettings),
        tests("GRPC", ["Bytes", "HTTP"]),
        tests("Proxy", ["Bytes", "EventLoop", "HTTP", "HTTPTransport", "TLS"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Bytes", "EventLoop", "HTTP", "HTTPTransport", "TLS", "Demo", "martlet-proxy", "martlet-collector",
                "martlet-demo", "martlet", "martlet-controller",
                "DemoService", "Programs",
            ], exclude: ["Interop"], swiftSettings: houseSettings),
        .testTarget(name: "TidyTests", swiftSettings: houseSettings),
        .testTarget(
            name: "CollectorTests",
            dependencies: [
                "CollectorBench", "TraceCollector", "Compression", "EventLoop", "HTTPTransport", "HTTP", "GRPC",
                "Bytes",
                "martlet-collector", "Programs",
            ],
            exclude: ["Interop"], swiftSettings: houseSettings),
    ]
)
