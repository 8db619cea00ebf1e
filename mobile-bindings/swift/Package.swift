// swift-tools-version: 6.0
//
// Đồng Bộ for Swift: the generated bindings, a small facade, its tests.
//
// NOT BUILT in this project's CI: there is no Swift there, and nothing of Apple's. See README.md.
//
// First `./prepare.sh` (copies the generated files into the package: SwiftPM takes no source from outside it), then
// `./build-xcframework.sh` on a Mac. With DONGBO_LIBRARY set to a folder that holds libdongbo_mobile for this very
// machine, as target/debug, the package links that instead: so it is tested on Linux, and on a Mac without Xcode's rest.

import PackageDescription

let prebuilt = Context.environment["DONGBO_LIBRARY"]

var rust: [Target.Dependency] = ["DongboFFI"]
var targets: [Target] = [
    // The C header of the library. It is a target of its own, not in the XCFramework, so that its module map is in nobody
    // else's way: two XCFrameworks with a module map each do not build in one app.
    .systemLibrary(name: "DongboFFI", path: "Sources/DongboFFI"),
]
var linker: [LinkerSetting] = []
if let prebuilt {
    linker = [
        .linkedLibrary("dongbo_mobile"),
        .unsafeFlags(["-L\(prebuilt)", "-Xlinker", "-rpath", "-Xlinker", prebuilt]),
    ]
} else {
    targets.append(.binaryTarget(name: "DongboRust", path: "build/DongboRust.xcframework"))
    rust.append("DongboRust")
    linker = [
        .linkedFramework("Security"),
        .linkedFramework("SystemConfiguration"),
        .linkedFramework("CoreFoundation"),
    ]
}

targets += [
    .target(name: "Dongbo", dependencies: rust, linkerSettings: linker),
    // Keys that end with the process: a product of its own, so that no app ships it by mistake.
    .target(name: "DongboTesting", dependencies: ["Dongbo"]),
    .testTarget(name: "DongboTests", dependencies: ["Dongbo", "DongboTesting"]),
]

let package = Package(
    name: "Dongbo",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "Dongbo", targets: ["Dongbo"]),
        .library(name: "DongboTesting", targets: ["DongboTesting"]),
    ],
    targets: targets,
    swiftLanguageModes: [.v6]
)
