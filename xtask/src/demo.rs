//! `cargo xtask demo`: several phones and a hub, from offline work to agreement.

use anyhow::Result;

use crate::shell;

/// Builds hub and demonstration, then runs one against the other.
pub(crate) fn run(args: &[String]) -> Result<()> {
    println!("demo: building (minutes the first time) ...");
    shell::build_workspace()?;
    shell::run(shell::built("demo").args(args))
}
