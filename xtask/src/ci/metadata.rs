//! What cargo knows of the workspace and all that it depends on.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// `cargo metadata` of the workspace with every feature and every platform.
pub(crate) fn read() -> Result<Value> {
    read_at("Cargo.toml")
}

/// The same of another manifest.
pub(crate) fn read_at(manifest: &str) -> Result<Value> {
    let args = ["metadata", "--format-version", "1", "--all-features", "--locked", "--quiet", "--manifest-path"];
    Ok(serde_json::from_str(&shell::output(shell::cargo(args).arg(manifest))?)?)
}

/// All packages.
pub(crate) fn packages(metadata: &Value) -> Result<&Vec<Value>> {
    metadata["packages"].as_array().context("cargo metadata names no packages")
}

/// A text of a package, empty where cargo has none.
pub(crate) fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

/// Whether the package is one of ours.
pub(crate) fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}
