//! `cargo xtask library`: the mobile library as apps ship it, for this machine: how large it is shows here.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell;

/// As `mobile-bindings/android/build.gradle.kts` builds it. As a `cdylib` alone: made together with the library that the
/// tests link, it would not be optimised as a whole. With frame pointers, the tables that tell a panic its way are a quarter
/// smaller, and the code no larger.
const BUILD: [&str; 11] = [
    "rustc",
    "--config",
    "build.rustflags=['-Cforce-frame-pointers=yes']",
    "--profile",
    "mobile",
    "--package",
    "dongbo-mobile",
    "--features",
    "dongbo-mobile/silent",
    "--crate-type",
    "cdylib",
];

/// Builds it and says its size.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if !args.is_empty() {
        bail!("library takes nothing");
    }
    let library = build()?;
    println!("library: {} bytes, {}", std::fs::metadata(&library)?.len(), library.display());
    Ok(())
}

/// The library without its symbols, as the Android plugin packs it.
pub(crate) fn build() -> Result<PathBuf> {
    shell::run(&mut shell::cargo(BUILD))?;
    let built = shell::target_dir().join("mobile").join("libdongbo_mobile.so");
    let stripped = shell::target_dir().join("mobile").join("stripped").join("libdongbo_mobile.so");
    std::fs::create_dir_all(stripped.parent().expect("a file lies in a folder"))?;
    shell::run(shell::program("strip").arg("--strip-all").arg("-o").arg(&stripped).arg(built))?;
    Ok(stripped)
}
