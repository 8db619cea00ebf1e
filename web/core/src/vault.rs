//! Steps on somebody's vault, whose new bytes are durable before they count.
//!
//! The core makes a step at once and asks for its bytes to be kept meanwhile; IndexedDB keeps them later. So a step that
//! must be durable before it goes on (a PIN counts as tried before it is tried) is made twice: first as far as what it
//! keeps, then, once that is kept, to its end.

use dongbo_core::{
    CampaignId, DeviceId,
    outside::Moment,
    store::{DataKey, StoreError},
    vault::{Keep, Vault, VaultError},
};

use crate::{
    outside::{entropy, now_ms},
    people::People,
    problem::Problem,
};

/// Opens somebody's store's key.
pub(crate) async fn unlock(people: &mut People, id: &str, pin: Option<&str>) -> Result<DataKey, Problem> {
    let (mut vault, keys) = people.entry(id)?.lock()?;
    let now_ms = now_ms();
    let mut counted = None;
    let mut count = |bytes: &[u8]| {
        counted = Some(bytes.to_vec());
        Err(StoreError::Io { detail: "it is kept before the PIN is tried".into() })
    };
    // Nothing is tried here: it ends where the try is to be counted.
    let before = vault.clone().unlock(pin, &keys, now_ms, &mut count);
    let Some(counted) = counted else { return Ok(before?) };
    people.keep_vault(id, counted).await?;
    // From where it was: counting the try gives what is kept already.
    let mut noted = None;
    let mut note = |bytes: &[u8]| {
        noted = Some(bytes.to_vec());
        Ok(())
    };
    let opened = vault.unlock(pin, &keys, now_ms, &mut note);
    if let Some(noted) = noted {
        // The try is counted already; failing to note that it was right costs at most waiting after the next wrong ones.
        let _ = people.keep_vault(id, noted).await;
    }
    Ok(opened?)
}

/// Gives somebody another PIN, or takes it away.
pub(crate) async fn change_pin(
    people: &mut People,
    id: &str,
    pin: Option<&str>,
    new_pin: Option<&str>,
) -> Result<(), Problem> {
    let key = unlock(people, id, pin).await?;
    let (vault, keys) = people.entry(id)?.lock()?;
    step(people, id, vault, |vault, keep| {
        let mut entropy = entropy();
        let mut moment = Moment::new(now_ms(), &mut entropy);
        match new_pin {
            Some(new_pin) => vault.set_pin(&key, new_pin, &keys, &mut moment, keep),
            None => vault.remove_pin(&key, &keys, &mut moment, keep),
        }
    })
    .await
}

/// For a forgotten PIN: the link that is carried to an administrator.
pub(crate) async fn reset_request(people: &mut People, id: &str) -> Result<String, Problem> {
    let (vault, keys) = people.entry(id)?.lock()?;
    let request = step(people, id, vault, |vault, keep| vault.begin_reset(&keys, &mut entropy(), keep)).await?;
    Ok(request.link())
}

/// Takes the administrator's answer and gives the store a new PIN.
pub(crate) async fn finish_reset(
    people: &mut People,
    id: &str,
    answer: &str,
    new_pin: Option<&str>,
) -> Result<(), Problem> {
    let (vault, keys) = people.entry(id)?.lock()?;
    step(people, id, vault, |vault, keep| {
        let mut entropy = entropy();
        let mut moment = Moment::new(now_ms(), &mut entropy);
        vault.finish_reset(answer, new_pin, &keys, &mut moment, keep).map(drop)
    })
    .await
}

/// What a vault is to know of the campaign.
pub(crate) struct Joined {
    pub(crate) campaign: CampaignId,
    pub(crate) root_key: [u8; 32],
    pub(crate) device: DeviceId,
    pub(crate) recovery_key: Option<[u8; 32]>,
}

/// After a sync: notes in the vault whose device it is, and leaves the data key with the campaign's recovery key.
pub(crate) async fn keep_recoverable(
    people: &mut People,
    id: &str,
    joined: &Joined,
    key: &DataKey,
) -> Result<(), Problem> {
    let (vault, _) = people.entry(id)?.lock()?;
    step(people, id, vault, |vault, keep| {
        vault.note_joined(&joined.campaign, joined.root_key, joined.device, keep)?;
        match &joined.recovery_key {
            Some(recovery_key) => vault.escrow(key, recovery_key, &mut entropy(), keep).map(drop),
            None => Ok(()),
        }
    })
    .await
}

/// Makes a step and keeps what it came to. A step that failed may have something to keep too: a try that was counted.
async fn step<T>(
    people: &mut People,
    id: &str,
    mut vault: Vault,
    step: impl FnOnce(&mut Vault, &mut Keep<'_>) -> Result<T, VaultError>,
) -> Result<T, Problem> {
    let mut kept = None;
    let outcome = step(&mut vault, &mut |bytes| {
        kept = Some(bytes.to_vec());
        Ok(())
    });
    if let Some(kept) = kept {
        people.keep_vault(id, kept).await?;
    }
    Ok(outcome?)
}
