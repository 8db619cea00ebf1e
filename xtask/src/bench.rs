//! `cargo xtask bench`: what is measured, as a table and in `target/bench/latest.json`.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell;

/// Builds hub and benchmark in release, then measures. `--smoke` measures next to nothing, to see that it still runs.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let smoke = args.iter().any(|arg| arg == "--smoke");
    let profile: &[&str] = if smoke { &[] } else { &["--release"] };
    shell::run(shell::cargo(["build", "--package", "dongbo-server", "--bin", "dongbo"]).args(profile))?;
    let library = if smoke { None } else { Some(mobile_library()?) };
    let mut bench = shell::cargo(["run", "--package", "dongbo-tests", "--bin", "bench"]);
    bench.args(profile).arg("--").arg("--out").arg(shell::target_dir().join("bench").join("latest.json"));
    if let Some(library) = library {
        bench.arg("--library").arg(library);
    }
    if smoke {
        bench.args(["--records", "200", "--large", "400"]);
    }
    shell::run(bench.args(args.iter().filter(|arg| *arg != "--smoke")))
}

/// The mobile library as an app ships it: without its symbols.
fn mobile_library() -> Result<PathBuf> {
    shell::run(&mut shell::cargo(["build", "--profile", "mobile", "--package", "dongbo-mobile"]))?;
    let built = shell::target_dir().join("mobile").join("libdongbo_mobile.so");
    let stripped = shell::target_dir().join("bench").join("libdongbo_mobile.so");
    std::fs::create_dir_all(shell::target_dir().join("bench"))?;
    shell::run(shell::program("strip").arg("--strip-all").arg("-o").arg(&stripped).arg(built))?;
    Ok(stripped)
}
