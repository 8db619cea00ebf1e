//! `cargo xtask bench`: what is measured, as a table and in `target/bench/latest.json`. `--only web` measures a
//! browser, which the others do not need, into `target/bench/web.json`.

use std::process::Command;

use anyhow::Result;

use crate::{library, shell, web};

/// Builds hub and benchmark in release, then measures. `--smoke` measures next to nothing, to see that it still runs.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if let [only, part, records @ ..] = args
        && only == "--only"
        && part == "web"
    {
        return web::bench(records);
    }
    let smoke = args.iter().any(|arg| arg == "--smoke");
    let mut bench = if smoke { small()? } else { whole()? };
    bench.arg("--out").arg(shell::target_dir().join("bench").join("latest.json"));
    shell::run(bench.args(args.iter().filter(|arg| *arg != "--smoke")))
}

/// With the build that the tests have made.
fn small() -> Result<Command> {
    shell::build_workspace()?;
    let mut bench = shell::built("bench");
    bench.args(["--records", "200", "--large", "400"]);
    Ok(bench)
}

/// With what is installed: the hub in release, the library that phones get.
fn whole() -> Result<Command> {
    shell::run(&mut shell::cargo(["build", "--release", "--package", "dongbo-server", "--bin", "dongbo"]))?;
    let library = library::build()?;
    let mut bench = shell::cargo(["run", "--release", "--package", "dongbo-tests", "--bin", "bench", "--"]);
    bench.arg("--library").arg(library);
    Ok(bench)
}
