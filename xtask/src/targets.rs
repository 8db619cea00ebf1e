//! `cargo xtask targets`: whether core and bindings compile for phones. Checked, not linked: that takes the platforms'
//! own tools (docs/mobile.md).

use anyhow::{Result, bail};

use crate::{shell, wasm::Toolchain};

const TARGETS: [&str; 2] = ["aarch64-linux-android", "aarch64-apple-ios"];

/// Checks every target, or those named.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if let Some(unknown) = args.iter().find(|arg| !TARGETS.contains(&arg.as_str())) {
        bail!("no target `{unknown}`; there are: {}", TARGETS.join(", "));
    }
    for target in TARGETS.into_iter().filter(|target| args.is_empty() || args.iter().any(|arg| arg == target)) {
        check(target)?;
    }
    Ok(())
}

fn check(target: &str) -> Result<()> {
    let mut command = shell::cargo(["check", "--quiet", "--package", "dongbo-core", "--package", "dongbo-mobile"]);
    command.args(["--features", "dongbo-core/sled,dongbo-core/transport", "--target", target]);
    command.arg("--target-dir").arg(shell::target_dir().join("phones"));
    Toolchain::find(target, "checks the core for phones")?.apply(target, &mut command);
    // The C of the TLS library is not compiled: nothing is linked, and its compiler belongs to the platform.
    let underscored = target.replace('-', "_");
    for tool in ["CC", "CXX", "AR"] {
        command.env(format!("{tool}_{underscored}"), "true");
    }
    // Apple's compiler is asked where the SDK lies, unless it is said.
    command.env("SDKROOT", shell::root());
    shell::run(&mut command)?;
    println!("targets: {target} compiles (not linked)");
    Ok(())
}
