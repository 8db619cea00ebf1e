//! `cargo xtask library`: the mobile library as apps ship it, for this machine: how large it is shows here.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell;

/// As `mobile-bindings/android/build.gradle.kts` builds it. As a `cdylib` alone: made together with the library that the
/// tests link, it would not be optimised as a whole.
const BUILD: [&str; 9] = [
    "rustc",
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
    shell::run(&mut shell::cargo(["fetch", "--locked"]))?;
    shell::run(shell::cargo(BUILD).arg("--config").arg(format!("build.rustflags={:?}", flags()?)))?;
    let built = shell::target_dir().join("mobile").join("libdongbo_mobile.so");
    let stripped = shell::target_dir().join("mobile").join("stripped").join("libdongbo_mobile.so");
    std::fs::create_dir_all(stripped.parent().expect("a file lies in a folder"))?;
    shell::run(shell::program("strip").arg("--strip-all").arg("-o").arg(&stripped).arg(built))?;
    Ok(stripped)
}

/// With frame pointers, the tables that tell a panic its way are a quarter smaller, and the code no larger. What a panic says of
/// its place begins with the crate: the builder's folders are nobody's business, and 30 KB.
fn flags() -> Result<Vec<String>> {
    let home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| std::env::home_dir().unwrap_or_default().join(".cargo"), PathBuf::from);
    let mut flags = vec!["-Cforce-frame-pointers=yes".to_owned()];
    for registry in std::fs::read_dir(home.join("registry").join("src"))? {
        flags.push(remapped(&registry?.path()));
    }
    flags.push(remapped(shell::root()));
    Ok(flags)
}

fn remapped(folder: &Path) -> String {
    format!("--remap-path-prefix={}/=", folder.display())
}
