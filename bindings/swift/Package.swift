// swift-tools-version: 6.0
import PackageDescription

// `make bindings` writes Sources/CairnFFI and the header of Sources/CCairn; ./run-tests.sh says where the library lies.
let package = Package(
    name: "Cairn",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Cairn", targets: ["Cairn"])],
    targets: [
        // The C functions of the Rust library.
        .systemLibrary(name: "CCairn"),
        // The generated layer. Its callbacks do not compile in Swift 6 mode (uniffi-rs #2929), which is why it is a module of its own.
        .target(name: "CairnFFI", dependencies: ["CCairn"], swiftSettings: [.swiftLanguageMode(.v5)]),
        // The layer that apps use.
        .target(name: "Cairn", dependencies: ["CairnFFI"]),
        .testTarget(name: "CairnTests", dependencies: ["Cairn", "CairnFFI"]),
    ]
)
