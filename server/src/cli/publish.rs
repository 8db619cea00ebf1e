//! What `dongbo campaign publish` and `dongbo keys renew` read from files before the hub is asked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use dongbo_core::{
    campaign::Campaign,
    identity::{IssuingKey, KeyPair, SignedStatement, Statement},
    outside::Entropy as _,
    unit::UnitTree,
};

use crate::{
    admin::{AdminCommand, IssuingSeed},
    hub::ISSUING_VALID_MS,
    outside::{SystemEntropy, now_ms},
};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct PublishArgs {
    /// The new edition: a campaign.json.
    #[arg(long, value_name = "FILE")]
    campaign_file: PathBuf,
    /// Its units; those in force if not given.
    #[arg(long, value_name = "FILE", requires = "successors")]
    units: Option<PathBuf>,
    /// The units' successors.
    #[arg(long, value_name = "FILE", requires = "units")]
    successors: Option<PathBuf>,
    /// Publish it even if records are left without their form or unit.
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why, with `--force`.
    #[arg(long, requires = "force")]
    reason: Option<String>,
    /// Only check it and say what it would change.
    #[arg(long)]
    check: bool,
}

impl PublishArgs {
    /// Reads the files; what is wrong in them is reported by file, line and column.
    pub(super) fn read(&self) -> anyhow::Result<AdminCommand> {
        let campaign = text(&self.campaign_file)?;
        if let Err(errors) = Campaign::parse(&campaign) {
            let name = self.campaign_file.display();
            let lines: Vec<String> = errors.as_slice().iter().map(|error| format!("{name}:{error}")).collect();
            bail!("{}\nNothing was published.", lines.join("\n"));
        }
        let units = match self.units.as_deref().zip(self.successors.as_deref()) {
            Some((units, successors)) => Some((text(units)?, text(successors)?)),
            None => None,
        };
        if let Some((units, successors)) = &units
            && let Err(errors) = UnitTree::from_csv(units, successors)
        {
            bail!("{}\nNothing was published.", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
        let force = self.reason.clone().filter(|_| self.force);
        Ok(AdminCommand::Publish { campaign, units, force, check_only: self.check })
    }
}

/// A new issuing key, vouched for by the root key in a file. The root key itself goes nowhere.
pub(super) fn renewal(root_key: &Path) -> anyhow::Result<AdminCommand> {
    let root = root_pair(root_key)?;
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed);
    let from_ms = now_ms();
    let issuing = IssuingKey { key: KeyPair::from_seed(seed).public(), from_ms, to_ms: from_ms + ISSUING_VALID_MS };
    let statement = SignedStatement::sign(root.authority(), &root, from_ms, &Statement::IssuingKey(issuing));
    Ok(AdminCommand::RenewKey { seed: IssuingSeed(seed), statement: hex::encode(statement) })
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The root's key pair in a file.
pub(super) fn root_pair(path: &Path) -> anyhow::Result<KeyPair> {
    let read = fs::read_to_string(path).with_context(|| {
        format!(
            "{} cannot be read. Bring the root key to this machine for this command, or name it with --root-key; the key \
             in use stays",
            path.display()
        )
    })?;
    let mut root = [0; 32];
    hex::decode_to_slice(read.trim(), &mut root).with_context(|| format!("{} holds no key", path.display()))?;
    Ok(KeyPair::from_seed(root))
}
