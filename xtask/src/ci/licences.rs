//! Licences, banned crates and sources, by `deny.toml`. See docs/decisions/0003-checks-without-heavy-tools.md.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use super::metadata;
use crate::shell;

/// Checks the tree from cargo's metadata; runs cargo-deny as well where it is installed.
pub(crate) fn check() -> Result<()> {
    let rules = Rules::read()?;
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let metadata = metadata::read_at(manifest)?;
        let packages = metadata::packages(&metadata)?;
        let faults: Vec<String> = packages.iter().filter_map(|package| rules.fault(package)).collect();
        if !faults.is_empty() {
            bail!("{}", faults.join("\n  "));
        }
        println!("licences: {manifest}: {} packages, all allowed by deny.toml; sources and bans too", packages.len());
    }
    cargo_deny()
}

/// The part of `deny.toml` that is read here; cargo-deny reads the same file.
struct Rules {
    allow: BTreeSet<String>,
    banned: Vec<String>,
    registries: Vec<String>,
}

impl Rules {
    fn read() -> Result<Self> {
        let text = std::fs::read_to_string(shell::root().join("deny.toml")).context("cannot read deny.toml")?;
        let file: toml::Table = text.parse().context("deny.toml is not TOML")?;
        let list = |section: &str, key: &str| file.get(section)?.get(key)?.as_array().cloned();
        let texts = |section: &str, key: &str| -> Result<Vec<String>> {
            let items = list(section, key).with_context(|| format!("deny.toml lacks {section}.{key}"))?;
            let text = |item: &toml::Value| item.as_str().or_else(|| item.get("crate")?.as_str()).map(str::to_owned);
            items.iter().map(text).collect::<Option<_>>().with_context(|| format!("deny.toml: {section}.{key}"))
        };
        Ok(Self {
            allow: texts("licenses", "allow")?.into_iter().collect(),
            banned: texts("bans", "deny")?,
            registries: texts("sources", "allow-registry")?,
        })
    }

    /// What is wrong with a package, if anything.
    fn fault(&self, package: &Value) -> Option<String> {
        let (name, licence) = (metadata::text(package, "name"), metadata::text(package, "license"));
        let source = metadata::text(package, "source");
        let from_registry = |registry: &String| source.strip_prefix("registry+") == Some(registry);
        if self.banned.iter().any(|banned| banned == name) {
            return Some(format!("{name} is banned"));
        }
        if !metadata::is_ours(package) && !self.registries.iter().any(from_registry) {
            return Some(format!("{name} comes from {source}"));
        }
        // LAX: older crates write `MIT/Apache-2.0`.
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Err(_) => Some(format!("{name}: `{licence}` is no licence expression")),
            Ok(expression) if !expression.evaluate(|term| self.allows(term)) => {
                Some(format!("{name}: `{licence}` is not allowed"))
            }
            Ok(_) => None,
        }
    }

    fn allows(&self, term: &LicenseReq) -> bool {
        self.allow.contains(&term.to_string())
    }
}

/// cargo-deny reads the licence files too and knows advisories, but takes minutes to compile: used, not installed.
fn cargo_deny() -> Result<()> {
    if shell::which("cargo-deny").is_none() {
        println!("licences: advisories NOT checked: where the advisory database can be fetched, run");
        println!("          cargo install cargo-deny --locked && cargo deny check");
        return Ok(());
    }
    shell::run(&mut shell::cargo(["deny", "--all-features", "check", "licenses", "bans", "sources"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The fault found in a package `name` with this licence and source, under small rules.
    fn fault(name: &str, licence: &str, source: &str) -> Option<String> {
        let rules = Rules {
            allow: ["MIT", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into(),
            banned: vec!["openssl-sys".into()],
            registries: vec!["https://good".into()],
        };
        rules.fault(&json!({ "name": name, "license": licence, "source": source }))
    }

    #[test]
    fn only_allowed_licences_crates_and_sources_pass() {
        let good = "registry+https://good";
        for licence in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "Apache-2.0 WITH LLVM-exception"] {
            assert_eq!(fault("a", licence, good), None, "{licence}");
        }
        for licence in ["", "GPL-3.0-only", "MIT AND ISC", "Apache-2.0", "my own"] {
            assert!(fault("a", licence, good).is_some(), "{licence}");
        }
        assert!(fault("openssl-sys", "MIT", good).is_some());
        assert!(fault("a", "MIT", "git+https://good").is_some());
    }

    #[test]
    fn the_committed_rules_can_be_read() {
        let rules = Rules::read().unwrap();
        assert!(rules.allow.contains("Apache-2.0") && !rules.banned.is_empty() && !rules.registries.is_empty());
    }
}
