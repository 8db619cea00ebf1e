//! The recovery key at the command line. It is read and written here only; no hub ever holds it.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use dongbo_core::{
    change::SealedBundle,
    identity::{KeyPair, RecoveryKey, SignedStatement, Statement},
    outside::Entropy as _,
    seal::SealingKey,
    vault::ResetRequest,
};

use super::{publish::root_pair, say};
use crate::{
    admin::AdminCommand,
    outside::{SystemEntropy, now_ms},
};

#[derive(Debug, Clone, clap::Args)]
pub(super) struct ResetArgs {
    /// The request as the device shows it, or `@FILE` that holds it.
    request: String,
    /// The recovery key; `recovery.key` beside the store if not given. It is read here only.
    #[arg(long, value_name = "FILE")]
    recovery_key: Option<PathBuf>,
}

impl ResetArgs {
    /// Opens what the device left with the recovery key and seals it to the device's one-time key.
    pub(super) fn into_command(self, beside: &Path) -> anyhow::Result<AdminCommand> {
        let text = match self.request.strip_prefix('@') {
            Some(file) => fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?,
            None => self.request,
        };
        let request = ResetRequest::parse(&text).context("this is no request for a reset")?;
        let file = self.recovery_key.as_deref().unwrap_or(beside);
        let recovery = recovery_key(file)?;
        ensure!(
            recovery.public() == request.recovery_key,
            "the device left its key with the recovery key {}, and {} holds {}. Use that one; nothing was published.",
            hex::encode(request.recovery_key),
            file.display(),
            hex::encode(recovery.public())
        );
        let sealed = request.sealed_for_device(&recovery, &mut SystemEntropy);
        let sealed = sealed.context("the request was changed on its way; nothing was published")?;
        Ok(AdminCommand::Reset { root: request.root, device: request.device, sealed: hex::encode(sealed) })
    }
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct UnsealArgs {
    /// The sealed bundle.
    file: PathBuf,
    /// The campaign's recovery key.
    #[arg(long, value_name = "FILE")]
    recovery_key: PathBuf,
    /// Where the bundle is written: a file that does not exist yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn unseal(args: &UnsealArgs) -> anyhow::Result<()> {
    let bytes = fs::read(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
    let sealed = SealedBundle::read(&bytes).with_context(|| args.file.display().to_string())?;
    let bundle = sealed.open(&recovery_key(&args.recovery_key)?).with_context(|| args.file.display().to_string())?;
    write_private(&args.out, &bundle)?;
    say::line(&format!("Đã mở / opened: {}", args.out.display()));
    Ok(())
}

/// A recovery key that was just made.
pub(super) struct NewRecoveryKey([u8; 32]);

impl NewRecoveryKey {
    pub(super) fn random() -> Self {
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed);
        Self(seed)
    }

    /// The root's statement about it.
    pub(super) fn stated(&self, root: &KeyPair) -> Vec<u8> {
        let key = SealingKey::from_seed(self.0).public();
        SignedStatement::sign(root.authority(), root, now_ms(), &Statement::RecoveryKey(RecoveryKey { key }))
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        write_key(path, &self.0)
    }
}

/// A new recovery key in a file, and the root's statement about it for the hub. The file comes first: a key that devices
/// use must never be lost.
pub(super) fn renewal(root_key: &Path, out: &Path) -> anyhow::Result<AdminCommand> {
    let root = root_pair(root_key)?;
    let made = NewRecoveryKey::random();
    made.write(out).context("no recovery key was made; the one in use stays")?;
    Ok(AdminCommand::NameRecoveryKey { statement: hex::encode(made.stated(&root)) })
}

fn recovery_key(path: &Path) -> anyhow::Result<SealingKey> {
    let read = fs::read_to_string(path).with_context(|| {
        format!(
            "{} cannot be read. Bring the recovery key to this machine for this command, or name it with --recovery-key",
            path.display()
        )
    })?;
    let mut seed = [0; 32];
    hex::decode_to_slice(read.trim(), &mut seed).with_context(|| format!("{} holds no key", path.display()))?;
    Ok(SealingKey::from_seed(seed))
}

/// Writes a secret key as hex, for its owner only, where there is no file yet.
pub(super) fn write_key(path: &Path, seed: &[u8; 32]) -> anyhow::Result<()> {
    write_private(path, format!("{}\n", hex::encode(seed)).as_bytes())
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("{} cannot be made", path.display()))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
