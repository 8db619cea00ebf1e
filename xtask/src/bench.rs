//! `cargo xtask bench`: what is measured, as a table and in `target/bench/latest.json`. `--only web` measures a
//! browser, which the others do not need, into `target/bench/web.json`.

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
    let profile: &[&str] = if smoke { &[] } else { &["--release"] };
    shell::run(shell::cargo(["build", "--package", "dongbo-server", "--bin", "dongbo"]).args(profile))?;
    let library = if smoke { None } else { Some(library::build()?) };
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
