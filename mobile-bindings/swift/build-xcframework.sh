#!/bin/sh
# Builds build/DongboRust.xcframework: the core for iPhones, for their simulator on both kinds of Mac, and for Macs.
#
# NOT RUN in this project's CI: it needs a Mac with Xcode and
#   rustup target add aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin
set -eu
cd "$(dirname "$0")"
./prepare.sh

workspace=../..
target=$workspace/target
out=build
library=libdongbo_mobile.a

# As in Package.swift. The C parts of the core are built for the same.
export IPHONEOS_DEPLOYMENT_TARGET=16.0
export MACOSX_DEPLOYMENT_TARGET=13.0

# What a panic says of its place begins with the crate, not with this computer's folders.
cargo fetch --locked --manifest-path "$workspace/Cargo.toml"
flags=
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags="$flags --remap-path-prefix=$registry/="
done
export RUSTFLAGS="${flags# }"

for triple in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin; do
    # One kind of library at a time: made together with others, it would not be optimised as a whole.
    cargo rustc --locked --profile mobile --manifest-path "$workspace/Cargo.toml" --target-dir "$target" \
        --package dongbo-mobile --features dongbo-mobile/silent --lib --crate-type staticlib --target "$triple"
done

rm -rf "$out"
mkdir -p "$out/ios" "$out/simulator" "$out/macos"
cp "$target/aarch64-apple-ios/mobile/$library" "$out/ios/$library"
lipo -create -output "$out/simulator/$library" \
    "$target/aarch64-apple-ios-sim/mobile/$library" "$target/x86_64-apple-ios/mobile/$library"
lipo -create -output "$out/macos/$library" \
    "$target/aarch64-apple-darwin/mobile/$library" "$target/x86_64-apple-darwin/mobile/$library"

# Debug information goes, symbols stay: the linker needs them, and UniFFI reads the API from them. Whoever generates
# code from a library does it before this line.
for library_of in ios simulator macos; do
    strip -S "$out/$library_of/$library"
done

xcodebuild -create-xcframework \
    -library "$out/ios/$library" \
    -library "$out/simulator/$library" \
    -library "$out/macos/$library" \
    -output "$out/DongboRust.xcframework"

# For a release: the checksum that a binary target with a URL asks for.
(cd "$out" && ditto -c -k --keepParent DongboRust.xcframework DongboRust.xcframework.zip)
swift package compute-checksum "$out/DongboRust.xcframework.zip"
