//! `cargo xtask wasm`: client-core for the browser. See docs/decisions/0002-wasm-build.md.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{install, shell};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Builds `dongbo-core` and links it as a module. Without `--release` nothing is optimised: that proves that the core
/// builds, in a fraction of the time.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let release = match args {
        [] => false,
        [only] if only == "--release" => true,
        _ => bail!("wasm takes only --release"),
    };
    let toolchain = Toolchain::find(TARGET, "builds client-core for the browser")?;
    // A library alone is never linked; as a module, a missing symbol shows.
    let mut command = shell::cargo(["rustc", "--package", "dongbo-core", "--lib", "--crate-type", "cdylib"]);
    command.args(["--target", TARGET]).arg("--target-dir").arg(target_dir());
    if release {
        command.arg("--release");
    } else {
        command.args(["--config", "profile.dev.debug=false"]);
        command.args(["--config", "profile.dev.package.'*'.opt-level=0"]);
    }
    toolchain.apply(TARGET, &mut command);
    shell::run(&mut command)?;
    let module = target_dir().join(TARGET).join(if release { "release" } else { "debug" }).join("dongbo_core.wasm");
    println!("wasm: linked {}", module.display());
    Ok(())
}

/// Its own folder: the compiler may be another one, and the two would throw away each other's work.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => shell::root().join(dir).join("wasm"),
        None => shell::root().join("target-wasm"),
    }
}

/// How the standard library for a target is had.
pub(crate) enum Toolchain {
    /// The toolchain in use has it.
    Ready,
    /// Another compiler that brings the source of its standard library, which is built too.
    FromSource { rustc: PathBuf, linker: PathBuf },
}

impl Toolchain {
    /// `why` tells the person at the terminal what is installed for.
    pub(crate) fn find(target: &str, why: &str) -> Result<Self> {
        let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
        if sysroot(Path::new(&rustc))?.join("lib/rustlib").join(target).join("lib").is_dir() {
            return Ok(Self::Ready);
        }
        println!("the toolchain lacks {target} (`rustup target add {target}` adds it); using Debian's rustc-web");
        install::debian(&["rustc-web", "rust-web-src", "lld"], why)?;
        Ok(Self::FromSource { rustc: compiler_with_source()?, linker: linker()? })
    }

    pub(crate) fn apply(&self, target: &str, command: &mut std::process::Command) {
        let Self::FromSource { rustc, linker } = self else { return };
        println!("building the standard library with {} and linking with {}", rustc.display(), linker.display());
        // RUSTC_BOOTSTRAP: `-Z build-std` is not stable yet.
        command.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        command.arg("--config").arg(format!("target.{target}.linker='{}'", linker.display()));
    }
}

/// The first `rustc` on `PATH` whose sysroot holds the standard library's source.
fn compiler_with_source() -> Result<PathBuf> {
    let has_source = |rustc: &PathBuf| {
        sysroot(rustc).is_ok_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
    };
    shell::all_on_path("rustc").into_iter().find(has_source).context("no rustc on PATH has its library's source")
}

/// `wasm-ld`, which Debian may give a version suffix only.
fn linker() -> Result<PathBuf> {
    let versions = (14..=30).rev().map(|version| format!("wasm-ld-{version}"));
    let mut names = std::iter::once("wasm-ld".to_owned()).chain(versions);
    names.find_map(|name| shell::which(&name)).context("wasm-ld is not on PATH though lld is installed")
}

fn sysroot(rustc: &Path) -> Result<PathBuf> {
    let printed = shell::output(shell::program(rustc).args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(printed.trim()))
}
