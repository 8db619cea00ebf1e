//! `cargo xtask simulate`: random fleets of replicas and hubs with faults, each replayable by its seed.

use anyhow::Result;

use crate::shell;

/// Passes `--seeds` and `--seed` on. `--dev` reuses what the tests built: right for a few seeds, slow for thousands.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let dev = args.iter().any(|arg| arg == "--dev");
    let mut simulate = if dev {
        shell::build_workspace()?;
        shell::built("simulate")
    } else {
        shell::cargo(["run", "--release", "--package", "dongbo-tests", "--bin", "simulate", "--"])
    };
    shell::run(simulate.args(args.iter().filter(|arg| *arg != "--dev")))
}
