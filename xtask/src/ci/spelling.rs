//! Spelling of code and English text; `_typos.toml` lets Vietnamese be.

use anyhow::Result;

use crate::{install, shell};

/// Runs typos over everything that git does not ignore.
pub(crate) fn check() -> Result<()> {
    shell::run(shell::program(install::typos()?).args(["--format", "brief"]))
}
