// swift-tools-version: 6.2
import PackageDescription

/// One settings block for every room; a reason a line.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),  // a warning that stays is a warning nobody reads
    .enableUpcomingFeature("ExistentialAny"),  // dynamic dispatch is visible where it costs
    .enableUpcomingFeature("InternalImportsByDefault"),  // a dependency leaks into the public API only on purpose
    .enableUpcomingFeature("MemberImportVisibility"),  // a file says which rooms it stands on
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // async code stays on its caller's event loop
    .enableUpcomingFeature("InferIsolatedConformances"),
]

/// For the rooms that hold no C library: each use of a pointer is marked `unsafe`.
let pure = settings + [.strictMemorySafety()]

let package = Package(
    name: "fanfare",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "fanfare", targets: ["FanfareCommand"]),
        .library(name: "Fanfare", targets: ["Fanfare"]),
        .library(name: "EventStream", targets: ["EventStream"]),
    ],
    targets: [
        // From the ground up; an arrow never points up. docs/architecture.md tells what each room is.
        .target(name: "ByteSearch", swiftSettings: pure),
        .target(name: "Descriptors", swiftSettings: settings),
        .target(name: "EventStream", dependencies: ["ByteSearch"], swiftSettings: pure),
        .target(name: "JSONText", dependencies: ["ByteSearch"], swiftSettings: pure),
        .target(name: "HTTPMessage", dependencies: ["ByteSearch"], swiftSettings: pure),
        .target(name: "Multipart", dependencies: ["ByteSearch", "HTTPMessage"], swiftSettings: pure),
        .target(name: "TimerWheel", swiftSettings: pure),
        .target(
            name: "Hub", dependencies: ["ByteSearch", "EventStream", "HTTPMessage", "JSONText", "TimerWheel"],
            swiftSettings: pure),
        .target(name: "SQLiteLog", dependencies: ["CSQLite", "Hub", "TimerWheel"], swiftSettings: settings),
        .target(name: "HTTP2", dependencies: ["CNGHTTP2", "HTTPMessage"], swiftSettings: settings),
        .target(name: "PrivateFiles", dependencies: ["COpenSSL", "Descriptors"], swiftSettings: settings),
        .target(name: "TLS", dependencies: ["COpenSSL", "PrivateFiles"], swiftSettings: settings),
        .target(
            name: "Authorization", dependencies: ["ByteSearch", "COpenSSL", "Hub", "JSONText"], swiftSettings: settings),
        .target(name: "ServedFiles", dependencies: ["Descriptors"], swiftSettings: settings),
        .target(name: "Proxies", dependencies: ["HTTPMessage"], swiftSettings: pure),
        .target(
            name: "Keys", dependencies: ["Authorization", "HTTPClient", "HTTPMessage", "PrivateFiles", "TimerWheel"],
            swiftSettings: pure),
        .target(
            name: "Network",
            dependencies: ["CLibuv", "Descriptors", "HTTP2", "HTTPMessage", "Proxies", "TLS", "TimerWheel"],
            swiftSettings: settings),
        .target(
            name: "HTTPClient", dependencies: ["CLibcurl", "HTTPMessage", "TimerWheel"], swiftSettings: settings),
        .target(name: "Answers", dependencies: ["HTTPMessage", "Hub", "JSONText"], swiftSettings: pure),
        .target(
            name: "Admission",
            dependencies: ["Answers", "Authorization", "HTTPMessage", "Hub", "Keys", "Proxies", "TimerWheel"],
            swiftSettings: pure),
        .target(
            name: "Wishes",
            dependencies: ["Admission", "Answers", "HTTPMessage", "Hub", "JSONText", "TimerWheel"], swiftSettings: pure),
        .target(
            name: "Settings",
            dependencies: [
                "Admission", "Authorization", "HTTP2", "HTTPMessage", "Hub", "Keys", "Network", "PrivateFiles",
                "Proxies", "SQLiteLog", "TLS", "TimerWheel", "Wishes",
            ],
            swiftSettings: pure),
        .target(name: "HTTPDescription", exclude: ["openapi.json"]),
        .target(
            name: "Workers",
            dependencies: [
                "Admission", "Answers", "EventStream", "HTTP2", "HTTPDescription", "HTTPMessage", "Hub", "JSONText",
                "Keys", "Network", "PrivateFiles", "Proxies", "Settings", "TLS", "TimerWheel", "Wishes",
            ],
            swiftSettings: pure),
        .target(
            name: "Fanfare",
            dependencies: [
                "Admission", "Answers", "Authorization", "Descriptors", "EventStream", "HTTPMessage", "Hub",
                "JSONText", "Keys", "Multipart", "Network", "PrivateFiles", "Proxies", "ServedFiles", "Settings",
                "TLS", "TimerWheel", "Wishes", "Workers",
            ],
            swiftSettings: pure
        ),
        .target(name: "GalleryPages", exclude: ["pages"]),
        .target(name: "QRCode", dependencies: ["CQRencode"], swiftSettings: settings),
        // Without `package`: it has what every program has of the library, and no more.
        .target(
            name: "Gallery", dependencies: ["Fanfare", "GalleryPages", "QRCode"], packageAccess: false,
            swiftSettings: pure),
        .executableTarget(
            name: "FanfareCommand",
            dependencies: [
                "Authorization", "Descriptors", "EventStream", "Fanfare", "Gallery", "HTTP2", "HTTPClient",
                "HTTPMessage", "Hub", "JSONText", "Network", "TLS", "TimerWheel",
            ],
            swiftSettings: settings
        ),

        // System libraries, from apt-get or brew.
        .systemLibrary(name: "CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]),
        .systemLibrary(
            name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(
            name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"]), .brew(["libnghttp2"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"]), .brew(["qrencode"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),

        // What several rooms' tests draw on; no product has it.
        .target(name: "SQLiteFaults", dependencies: ["CSQLite"], path: "Tests/SQLiteFaults"),
        .target(name: "SeededRandomness", path: "Tests/SeededRandomness", swiftSettings: pure),
        .target(name: "HubSamples", dependencies: ["Hub"], path: "Tests/HubSamples", swiftSettings: pure),
        .executableTarget(
            name: "ExampleServer", dependencies: ["Fanfare", "Gallery"], path: "Tests/ExampleServer",
            packageAccess: false, swiftSettings: settings),
        .testTarget(
            name: "ByteSearchTests", dependencies: ["ByteSearch", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "EventStreamTests", dependencies: ["EventStream", "SeededRandomness"], swiftSettings: settings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "HTTPMessageTests", dependencies: ["HTTPMessage", "SeededRandomness"], swiftSettings: settings),
        .testTarget(name: "MultipartTests", dependencies: ["Multipart", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "ProxiesTests", dependencies: ["HTTPMessage", "Proxies", "SeededRandomness"], swiftSettings: settings),
        .testTarget(name: "ServedFilesTests", dependencies: ["ServedFiles"], swiftSettings: settings),
        .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient"], swiftSettings: settings),
        .testTarget(name: "KeysTests", dependencies: ["Keys"], swiftSettings: settings),
        .testTarget(
            name: "AdmissionTests",
            dependencies: [
                "Admission", "Answers", "Authorization", "HTTPMessage", "Hub", "JSONText", "Keys", "Proxies",
                "SeededRandomness",
            ],
            swiftSettings: settings),
        .testTarget(name: "NetworkTests", dependencies: ["Network"], swiftSettings: settings),
        .testTarget(
            name: "WorkersTests",
            dependencies: [
                "Admission", "Answers", "HTTPMessage", "Hub", "SeededRandomness", "Settings", "TimerWheel", "Workers",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FanfareTests",
            dependencies: [
                "Admission", "Authorization", "Fanfare", "HTTPMessage", "Hub", "JSONText", "Keys", "Network", "Proxies",
                "SeededRandomness", "Workers",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FanfareCommandTests",
            dependencies: [
                "Authorization", "EventStream", "Fanfare", "FanfareCommand", "HTTPClient", "JSONText", "Network",
                "SeededRandomness",
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "DescriptorsTests", dependencies: ["Descriptors"], swiftSettings: settings),
        .testTarget(
            name: "TimerWheelTests", dependencies: ["SeededRandomness", "TimerWheel"], swiftSettings: settings),
        .testTarget(
            name: "HTTP2Tests", dependencies: ["HTTP2", "HTTPMessage", "SeededRandomness"], swiftSettings: settings),
        .testTarget(name: "QRCodeTests", dependencies: ["QRCode", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "TLSTests", dependencies: ["COpenSSL", "SeededRandomness", "TLS"], swiftSettings: settings),
        .testTarget(
            name: "AuthorizationTests",
            dependencies: ["Authorization", "COpenSSL", "Hub", "JSONText", "SeededRandomness"], swiftSettings: settings),
        .testTarget(
            name: "HubTests", dependencies: ["EventStream", "Hub", "HubSamples", "SeededRandomness", "TimerWheel"],
            swiftSettings: settings),
        .testTarget(
            name: "EventLogTests", dependencies: ["Hub", "HubSamples", "SQLiteLog", "SeededRandomness", "TimerWheel"],
            swiftSettings: settings),
        .testTarget(
            name: "SQLiteLogTests",
            dependencies: [
                "CSQLite", "Hub", "HubSamples", "SQLiteFaults", "SQLiteLog", "SeededRandomness", "TimerWheel",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
