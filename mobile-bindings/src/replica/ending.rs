//! What follows a sync: the key left with the campaign, erasures, and a device that must end.

use std::sync::Arc;

use dongbo_core::identity::RevocationReason;

use super::{
    Core, Replica,
    shared::{Shared, entropy},
};
use crate::{DongboError, Event, Notice, Summary, folder, keys::Keys, phone, worker::beside};

#[uniffi::export]
impl Replica {
    /// Writes what the hub does not have into a file that only the campaign's administrators can read, for a device
    /// that is to be wiped: everything unsent and everything held, with what is needed to check it. Works on a revoked
    /// device; the store stays as it is. Says `not_recoverable` while the campaign has no recovery key.
    pub async fn export_for_administrator(&self, path: String) -> Result<(), DongboError> {
        let job = async move |core: &mut Core| {
            let mut entropy = entropy();
            let sealed = core.sealed_unsent_bundle(&mut entropy)?.ok_or_else(|| DongboError::of_code("not_recoverable"))?;
            Ok(folder::write(path.as_ref(), &sealed)?)
        };
        self.shared.run_even_if_revoked(job).await
    }

    /// Wipes the store: its key first, then its files. On a device in good standing only if the hub has everything and
    /// no draft is left, or if everything unsent was written into `exported_to` by this very call; otherwise it says
    /// `unsent_work` and does nothing. A revoked device may be wiped at once.
    pub async fn wipe(&self, exported_to: Option<String>) -> Result<(), DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let shared = Arc::clone(&self.shared);
        let job = move || async move {
            let (left, summary) = shared
                .with(async |core: &mut Core| Ok((core.revoked()?.is_some(), Summary::from(core.summary()?))))
                .await?;
            if let Some(path) = exported_to {
                let job = async move |core: &mut Core| {
                    let bundle = core.export_bundle(dongbo_core::replica::Carried::Unsent)?;
                    Ok(folder::write(path.as_ref(), &bundle)?)
                };
                shared.with(job).await?;
                if summary.drafts > 0 && !left {
                    return Err(DongboError::of_code_with("unsent_work", "drafts are not part of a bundle"));
                }
            } else if !left && summary.unsent + summary.held + summary.drafts > 0 {
                return Err(DongboError::of_code("unsent_work"));
            }
            wipe(&shared, now_ms, if left { "left" } else { "own" }).await
        };
        self.shared.worker.run(job).await
    }
}

impl Replica {
    /// What was decided about this device before the app was last ended, and could not be done then.
    pub(crate) async fn obey(&self) -> Result<(), DongboError> {
        after_sync(&self.shared).await
    }
}

/// What the person must see and has not.
pub(super) fn notices(core: &Core) -> Result<Vec<Notice>, DongboError> {
    let mut notices = Vec::new();
    if let Some(revocation) = core.revoked()? {
        let summary = Summary::from(core.summary()?);
        let unsent = summary.unsent + summary.held;
        notices.push(Notice::Leaving { at_ms: revocation.at_ms, unsent, wipe: revocation.wipe });
    }
    let device = core.device();
    for (reset, issued_ms) in core.trust().resets() {
        if reset == device {
            notices.push(Notice::PinReset { at_ms: issued_ms });
        }
    }
    for erasure in core.erasures_here()? {
        let reason = erasure.reason.clone();
        notices.push(Notice::Erased { record: erasure.record.to_string(), at_ms: erasure.at_ms, reason });
    }
    let seen = core.seen()?;
    // That a device is to end is said until it has.
    notices.retain(|notice| matches!(notice, Notice::Leaving { .. }) || !seen.contains(&notice.key()));
    Ok(notices)
}

/// After a sync: obeys what a verified statement says of this device, and leaves the store's key with the campaign.
pub(super) async fn after_sync(shared: &Arc<Shared>) -> Result<(), DongboError> {
    let now_ms = shared.clock.now_ms();
    let found = shared
        .with(async |core: &mut Core| {
            let lost = core.revoked()?.is_some_and(|r| r.wipe && r.reason == RevocationReason::Lost);
            let notices = notices(core)?;
            let joined = core.joined().then(|| phone::Joined {
                campaign: core.campaign().clone(),
                root_key: *core.trust().root_key(),
                device: core.device(),
                recovery_key: core.trust().recovery_key(),
            });
            Ok((lost, notices, core.must_be_rewritten()?, joined))
        })
        .await;
    let (lost, notices, rewrite, joined) = match found {
        // Paused or closed meanwhile: the next sync does it.
        Err(_) => return Ok(()),
        Ok(found) => found,
    };
    if lost {
        wipe(shared, now_ms, "lost").await?;
        return Err(DongboError::of_code("wiped"));
    }
    for notice in notices {
        shared.events.tell(Event::Noticed { notice });
    }
    if rewrite {
        shared.rewrite().await?;
    }
    if let (Some(joined), Some(key)) = (joined, shared.key().await) {
        let place = shared.place.clone();
        beside(move || phone::keep_recoverable(&place, &joined, &key)).await?;
    }
    Ok(())
}

async fn wipe(&self, exported_to: Option<String>) -> Result<(), DongboError> {
        let now_ms = self.shared.clock.now_ms();
        let shared = Arc::clone(&self.shared);
        let job = move || async move {
            let (left, summary) = shared
                .with(async |core: &mut Core| Ok((core.revoked()?.is_some(), Summary::from(core.summary()?))))
                .await?;
            if let Some(path) = exported_to {
                let job = async move |core: &mut Core| {
                    let bundle = core.export_bundle(dongbo_core::replica::Carried::Unsent)?;
                    Ok(folder::write(path.as_ref(), &bundle)?)
                };
                shared.with(job).await?;
                if summary.drafts > 0 && !left {
                    return Err(DongboError::of_code_with("unsent_work", "drafts are not part of a bundle"));
                }
            } else if !left && summary.unsent + summary.held + summary.drafts > 0 {
                return Err(DongboError::of_code("unsent_work"));
            }
            wipe(&shared, now_ms, if left { "left" } else { "own" }).await
        };
        self.shared.worker.run(job).await
    }
}

impl Replica {
    /// What was decided about this device before the app was last ended, and could not be done then.
    pub(crate) async fn obey(&self) -> Result<(), DongboError> {
        after_sync(&self.shared).await
    }
}

/// What the person must see and has not.
pub(super) fn notices(core: &Core) -> Result<Vec<Notice>, DongboError> {
    let mut notices = Vec::new();
    if let Some(revocation) = core.revoked()? {
        let summary = Summary::from(core.summary()?);
        let unsent = summary.unsent + summary.held;
        notices.push(Notice::Leaving { at_ms: revocation.at_ms, unsent, wipe: revocation.wipe });
    }
    let device = core.device();
    for (reset, issued_ms) in core.trust().resets() {
        if reset == device {
            notices.push(Notice::PinReset { at_ms: issued_ms });
        }
    }
    for erasure in core.erasures_here()? {
        let reason = erasure.reason.clone();
        notices.push(Notice::Erased { record: erasure.record.to_string(), at_ms: erasure.at_ms, reason });
    }
    let seen = core.seen()?;
    // That a device is to end is said until it has.
    notices.retain(|notice| matches!(notice, Notice::Leaving { .. }) || !seen.contains(&notice.key()));
    Ok(notices)
}

/// After a sync: obeys what a verified statement says of this device, and leaves the store's key with the campaign.
pub(super) async fn after_sync(shared: &Arc<Shared>) -> Result<(), DongboError> {
    let now_ms = shared.clock.now_ms();
    let found = shared
        .with(async |core: &mut Core| {
            let lost = core.revoked()?.is_some_and(|r| r.wipe && r.reason == RevocationReason::Lost);
            let notices = notices(core)?;
            let joined = core.joined().then(|| phone::Joined {
                campaign: core.campaign().clone(),
                root_key: *core.trust().root_key(),
                device: core.device(),
                recovery_key: core.trust().recovery_key(),
            });
            Ok((lost, notices, core.must_be_rewritten()?, joined))
        })
        .await;
    let (lost, notices, rewrite, joined) = match found {
        // Paused or closed meanwhile: the next sync does it.
        Err(_) => return Ok(()),
        Ok(found) => found,
    };
    if lost {
        wipe(shared, now_ms, "lost").await?;
        return Err(DongboError::of_code("wiped"));
    }
    for notice in notices {
        shared.events.tell(Event::Noticed { notice });
    }
    if rewrite {
        shared.rewrite().await?;
    }
    if let Some((device, root_key)) = joined {
        let key = shared.key().await;
        let place = shared.place.clone();
        if let Some(key) = key {
            beside(move || phone::keep_recoverable(&place, device, root_key, recovery, &key)).await?;
        }
    }
    Ok(())
}

async fn wipe(shared: &Arc<Shared>, now_ms: i64, reason: &'static str) -> Result<(), DongboError> {
    let (place, keys) = (shared.place.clone(), Arc::clone(&shared.keys));
    let begun = place.clone();
    beside(move || begun.begin_wipe(now_ms, reason)).await?;
    // The files are closed before they are removed; nothing opens them from here on.
    shared.close_as_wiped().await;
    beside(move || place.wipe(|| phone::forget(&Keys(keys), &place.id))).await
}
