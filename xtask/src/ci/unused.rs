//! Dependencies that a crate names but never mentions.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::metadata;

/// Looks for each dependency's name in the Rust files of its crate. One that is needed only for its features is named
/// under `[package.metadata.unused] ignored = [...]` with the reason beside it.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata::read()?;
    let mut faults = Vec::new();
    for package in metadata::packages(&metadata)?.iter().filter(|package| metadata::is_ours(package)) {
        let unused = unused(package)?;
        if !unused.is_empty() {
            faults.push(format!("{} does not use {}", metadata::text(package, "name"), unused.join(", ")));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n  "));
    }
    Ok(())
}

/// Names of a crate's unused dependencies.
fn unused(package: &Value) -> Result<Vec<String>> {
    let manifest = Path::new(metadata::text(package, "manifest_path"));
    let mut words = HashSet::new();
    read_words(manifest.parent().context("a manifest lies in a folder")?, &mut words)?;
    let ignored = package["metadata"]["unused"]["ignored"].as_array();
    let is_ignored = |name: &str| ignored.is_some_and(|list| list.iter().any(|item| item == name));
    let dependencies = package["dependencies"].as_array().context("a package lists its dependencies")?;
    let name = |dependency: &Value| dependency["rename"].as_str().or(dependency["name"].as_str()).map(str::to_owned);
    let mut unused: Vec<String> = dependencies.iter().filter_map(name).collect();
    unused.retain(|name| !words.contains(&name.replace('-', "_")) && !is_ignored(name));
    unused.sort();
    unused.dedup();
    Ok(unused)
}

/// Adds every word of every Rust file below `folder`, other crates and build output excepted; comment lines do not
/// count.
fn read_words(folder: &Path, words: &mut HashSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            let is_other = path.join("Cargo.toml").is_file() || path.ends_with("target");
            if !is_other {
                read_words(&path, words)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let split = code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
            words.extend(split.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    Ok(())
}
