#!/bin/sh
# Copies the committed generated code into the package. Run it again whenever ../generated has changed.
set -eu
cd "$(dirname "$0")"
mkdir -p Sources/Dongbo/Generated
cp ../generated/swift/Dongbo.swift Sources/Dongbo/Generated/Dongbo.swift
cp ../generated/swift/DongboFFI.h Sources/DongboFFI/DongboFFI.h
# SwiftPM looks for a module map of this name only.
cp ../generated/swift/DongboFFI.modulemap Sources/DongboFFI/module.modulemap
