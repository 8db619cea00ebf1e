//! What follows a sync: the key left with the campaign, erasures, and a device that must end.

use std::{path::PathBuf, sync::Arc};

use dongbo_core::{
    change::SealedBundle,
    identity::{Revocation, RevocationReason},
    replica::Carried,
};

use super::{
    Core, Replica,
    bundles::write,
    shared::{Shared, entropy},
};
use crate::{DongboError, Event, Notice, folder, keys::Keys, phone, worker::beside};

#[uniffi::export]
impl Replica {
    /// Writes what the hub does not have into a file that only the campaign's administrators can read, for a device
    /// that is to be wiped: everything unsent, everything held and every draft, with what is needed to check it. Works on a
    /// revoked device; the store stays as it is. Says `no_recovery_key` while the campaign has no recovery key.
    pub async fn export_for_administrator(&self, path: String) -> Result<(), DongboError> {
        let job = async move |core: &mut Core| {
            let recovery = *core.trust().recovery_key().ok_or_else(|| DongboError::of_code("no_recovery_key"))?;
            let bundle = core.export_for_administrator()?;
            let sealed = SealedBundle::write(core.root(), &recovery, &bundle, &mut entropy());
            let sealed = sealed.map_err(|error| DongboError::of_code_with("no_recovery_key", error.to_string()))?;
            write(path, sealed).await?;
            Ok(core.note_handed_over(&bundle).await?)
        };
        self.shared.run_even_if_revoked(job).await
    }

    /// Wipes the store: its key first, then its files. On a device in good standing only if the hub has everything and
    /// no draft is left, or if no draft is left and this very call wrote everything unsent into a bundle at `export_to`;
    /// otherwise it says `unsent_work` and does nothing. A revoked device exports with
    /// [`export_for_administrator`](Self::export_for_administrator), and may then be wiped while nothing else is unsent.
    #[uniffi::method(default(export_to = None))]
    pub async fn wipe(&self, export_to: Option<String>) -> Result<(), DongboError> {
        let shared = Arc::clone(&self.shared);
        let job = move || async move {
            let check = |core: &Core| before_wipe(core, export_to.map(PathBuf::from));
            wipe(&shared, check).await
        };
        self.shared.worker.run(job).await
    }
}

impl Replica {
    /// What was decided about this device before the app was last ended, and could not be done then.
    pub(crate) async fn obey(&self) -> Result<(), DongboError> {
        after_sync(&self.shared, true).await
    }
}

/// What the person must see and has not.
pub(super) fn notices(core: &Core) -> Result<Vec<Notice>, DongboError> {
    Ok(core.notices()?.into_iter().map(Notice::from).collect())
}

/// After a sync: obeys what a verified statement says of this device, and leaves the store's key with the campaign. What can
/// wait does so where there is no time left, and what cannot be done now is tried again after the next: only a wipe is an
/// error.
pub(super) async fn after_sync(shared: &Arc<Shared>, in_time: bool) -> Result<(), DongboError> {
    let found = shared.with(async |core: &mut Core| Found::read(core)).await;
    // Paused or closed meanwhile: the next sync or start does it.
    let Ok(found) = found else { return Ok(()) };
    if found.lost {
        wipe(shared, |_| Ok(RevocationReason::Lost.word())).await?;
        return Err(DongboError::of_code("wiped"));
    }
    for notice in found.notices {
        if shared.is_news(&notice) {
            shared.events.tell(Event::Noticed { notice });
        }
    }
    if !in_time {
        return Ok(());
    }
    if found.to_be_rewritten {
        let _ = shared.rewrite().await;
    }
    // Somebody who changes the PIN just now goes first.
    if let (Some(joined), Some(key), Some(turn)) =
        (found.joined, shared.key().await, shared.turns.take(&shared.place.id))
    {
        let place = shared.place.clone();
        let left = beside(move || {
            let _turn = turn;
            phone::keep_recoverable(&place, &joined, &key)
        });
        let _ = left.await;
    }
    Ok(())
}

/// What a sync may have brought that is to be acted on.
struct Found {
    lost: bool,
    notices: Vec<Notice>,
    to_be_rewritten: bool,
    joined: Option<phone::Joined>,
}

impl Found {
    fn read(core: &Core) -> Result<Self, DongboError> {
        Ok(Self {
            lost: core.revoked()?.is_some_and(is_lost),
            notices: notices(core)?,
            to_be_rewritten: core.must_be_rewritten()?,
            joined: core.joined().then(|| phone::Joined {
                campaign: core.campaign().clone(),
                root_key: *core.trust().root_key(),
                device: core.device(),
                recovery_key: core.trust().recovery_key().copied(),
            }),
        })
    }
}

/// Why the store may be wiped; refuses where something typed would be lost.
fn before_wipe(core: &Core, export_to: Option<PathBuf>) -> Result<&'static str, DongboError> {
    let revocation = core.revoked()?;
    if revocation.is_some() && export_to.is_some() {
        // It reads nothing any more, so that no open file is made of it either.
        return Err(DongboError::of_code("revoked"));
    }
    if revocation.is_some_and(is_lost) {
        return Ok(RevocationReason::Lost.word());
    }
    let summary = core.summary()?;
    let unsent = if export_to.is_some() { 0 } else { summary.outbox + summary.held };
    if unsent + summary.drafts > 0 && !(revocation.is_some() && core.is_handed_over()?) {
        let detail = format!("{unsent} changes unsent, {} drafts", summary.drafts);
        return Err(DongboError::of_code_with("unsent_work", detail));
    }
    if let Some(path) = export_to {
        folder::export(&path, &core.export_bundle(Carried::Unsent)?)?;
    }
    Ok(revocation.map_or("own", |revocation| revocation.reason.word()))
}

/// Whether whoever holds the device is not to have what is on it: it is wiped with what is unsent.
fn is_lost(revocation: &Revocation) -> bool {
    revocation.wipe && revocation.reason == RevocationReason::Lost
}

async fn wipe(
    shared: &Arc<Shared>,
    check: impl FnOnce(&Core) -> Result<&'static str, DongboError>,
) -> Result<(), DongboError> {
    shared.close_to_wipe(|core| shared.place.begin_wipe(check(core)?)).await?;
    let (place, keys) = (shared.place.clone(), Arc::clone(&shared.keys));
    // The store is noise without the vault; a key manager that does not answer now has nothing left to open.
    beside(move || place.wipe(|| phone::forget(&Keys(keys), &place.id))).await
}
