//! What must be absent from client-core when its features are off.

use anyhow::{Result, bail};

use crate::shell;

/// Storage, sockets and runtimes are the host's business; the core alone must not pull them in.
const ABSENT: [&str; 8] = ["axum", "clap", "hyper", "mio", "reqwest", "sled", "tokio", "tower"];

/// Fails if client-core without features depends on any of them, natively or in the browser; then checks that the
/// search would have found one.
pub(crate) fn check() -> Result<()> {
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        let found = dependencies(&["--no-default-features", "--target", target])?;
        let present: Vec<&str> = ABSENT.into_iter().filter(|name| found.iter().any(|f| f == name)).collect();
        if !present.is_empty() {
            bail!("dongbo-core without features pulls in {} on {target}", present.join(", "));
        }
    }
    let with = dependencies(&["--features", "sled"])?;
    if !with.iter().any(|name| name == "sled") {
        bail!("feature `sled` of dongbo-core does not bring sled: this check looks in the wrong place");
    }
    println!("features: dongbo-core alone has none of {}", ABSENT.join(", "));
    Ok(())
}

/// Names of all crates that client-core is built from.
fn dependencies(features: &[&str]) -> Result<Vec<String>> {
    let mut command =
        shell::cargo(["tree", "--package", "dongbo-core", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree = shell::output(command.args(features))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}
