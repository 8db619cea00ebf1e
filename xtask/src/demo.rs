//! `cargo xtask demo`: several phones and a hub, from offline work to agreement.

use anyhow::Result;

use crate::shell;

/// Builds the hub, then runs the demonstration against it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    shell::run(&mut shell::cargo(["build", "--package", "dongbo-server", "--bin", "dongbo"]))?;
    let mut demo = shell::cargo(["run", "--package", "dongbo-tests", "--bin", "demo"]);
    if !args.is_empty() {
        demo.arg("--").args(args);
    }
    shell::run(&mut demo)
}
