//! Tools that the checks need and cargo does not bring. Each is installed once, quietly, and says so.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell;

/// The spelling checker, as a wheel that ships the program: compiling it takes minutes.
const TYPOS: &str = "typos==1.52.0";

/// The spelling checker, from `PATH` or else installed beside the build.
pub(crate) fn typos() -> Result<PathBuf> {
    if let Some(found) = shell::which("typos") {
        return Ok(found);
    }
    let tools = shell::target_dir().join("tools");
    let typos = tools.join("bin").join("typos");
    if !typos.is_file() {
        println!("installing {TYPOS} (checks spelling) into {} ...", tools.display());
        let python = shell::which("python3").context("the spelling check needs `typos`, or python3 to install it")?;
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"];
        shell::output(shell::program(python).args(pip).arg(&tools).arg(TYPOS).env("PIP_ROOT_USER_ACTION", "ignore"))?;
    }
    Ok(typos)
}

/// Debian packages, which `why` tells the person at the terminal.
pub(crate) fn debian(packages: &[&str], why: &str) -> Result<()> {
    let missing = |package: &&&str| {
        let query = shell::output(shell::program("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]));
        query.ok().as_deref() != Some("installed")
    };
    let missing: Vec<&str> = packages.iter().filter(missing).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    if shell::which("apt-get").is_none() {
        bail!("{why} needs {}; this is not Debian, so install its like by hand", missing.join(", "));
    }
    println!("installing {} with apt-get ({why}) ...", missing.join(", "));
    let install = || {
        let mut command = shell::program("apt-get");
        command.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&missing);
        shell::output(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // The package lists of a fresh machine are empty or old: refresh them only then.
    if install().is_err() {
        shell::output(shell::program("apt-get").args(["update", "--quiet"]))?;
        install().with_context(|| format!("as root, run: apt-get install {}", missing.join(" ")))?;
    }
    Ok(())
}
