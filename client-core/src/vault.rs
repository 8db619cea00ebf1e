//! How the data key of one person's store is kept on a phone that several may share.
//!
//! A [`Vault`] lies beside the store. With a PIN the data key is encrypted under Argon2id of the PIN, and that wrapped by
//! the platform's [`KeyManager`]: opening it takes both. Without a PIN it is just wrapped. The data key is also sealed to
//! the campaign's recovery key ([`Vault::escrow`]), so that an administrator's signed reset opens the store when the PIN
//! was forgotten or the key manager lost its key: nothing typed is lost ([`Vault::begin_reset`]).
//!
//! Every step that changes the vault makes its new bytes durable through `keep` before it counts; when `keep` fails,
//! the vault is as before. Who can write to the vault's file can set the count of wrong PINs back; they still need the
//! key manager and have to pay for each guess.

mod attempts;
mod error;
mod key_manager;
mod link;
mod pin;
mod reset;
mod state;
#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub use attempts::PIN_DELAYS_MS;
pub use error::VaultError;
pub use key_manager::{KeyManager, KeyManagerError};
pub use link::{ResetAnswer, ResetLinkError, ResetRequest};
pub use pin::{InvalidPin, PinCost};
pub use state::VAULT_FORMAT;

use crate::{
    AuthorityId, CampaignId, DeviceId,
    outside::{Entropy, Moment},
    seal,
    store::{DataKey, StoreError},
};
use attempts::Attempts;
use pin::Pin;
use state::{Bytes, Escrow, Joined, State, corrupt};

/// Makes a vault's bytes durable: replaces the file or pair they lie in, whole or not at all.
pub type Keep<'a> = dyn FnMut(&[u8]) -> Result<(), StoreError> + 'a;

/// What protects one person's data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    state: State,
}

impl Vault {
    /// Protects a new store's data key. Keep it durable, [`Vault::to_bytes`], before anything is stored.
    pub fn create(
        alias: &str,
        data_key: &DataKey,
        pin: Option<&str>,
        cost: PinCost,
        keys: &dyn KeyManager,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, VaultError> {
        cost.check()?;
        let pin = pin.map(Pin::parse).transpose()?;
        let blank = State {
            format: VAULT_FORMAT,
            alias: alias.to_owned(),
            check: Bytes(check_of(data_key).to_vec()),
            protected: Bytes(Vec::new()),
            salt: None,
            cost,
            attempts: Attempts::default(),
            joined: None,
            escrow: None,
            reset: None,
        };
        Ok(Self { state: protected(blank, data_key, pin.as_ref(), keys, entropy)? })
    }

    /// Reads a vault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        Ok(Self { state: State::from_bytes(bytes)? })
    }

    /// What is to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.state.to_bytes()
    }

    /// What the platform's key manager calls this person's key.
    pub fn alias(&self) -> &str {
        &self.state.alias
    }

    /// Whether opening it takes a PIN.
    pub fn needs_pin(&self) -> bool {
        self.state.salt.is_some()
    }

    /// How long to wait before the next PIN is tried, in milliseconds.
    pub fn wait_ms(&self, now_ms: i64) -> u64 {
        self.state.attempts.wait_ms(now_ms)
    }

    /// The campaign's root, once joined.
    pub fn root(&self) -> Option<AuthorityId> {
        self.state.joined.as_ref().map(|joined| joined.root)
    }

    /// The device, once joined.
    pub fn device(&self) -> Option<DeviceId> {
        self.state.joined.as_ref().map(|joined| joined.device)
    }

    /// Whether a reset can open it.
    pub fn is_recoverable(&self) -> bool {
        self.state.escrow.is_some()
    }

    /// Notes whose vault this is, once the device has joined: what a reset is checked against.
    pub fn note_joined(
        &mut self,
        campaign: &CampaignId,
        root_key: [u8; 32],
        device: DeviceId,
        keep: &mut Keep<'_>,
    ) -> Result<(), VaultError> {
        let root = AuthorityId::of(&root_key);
        let joined = Joined { campaign: campaign.clone(), root, root_key: Bytes(root_key.to_vec()), device };
        match &self.state.joined {
            Some(held) if *held == joined => Ok(()),
            Some(held) => Err(VaultError::OtherDevice(held.device)),
            None => self.become_state(State { joined: Some(joined), ..self.state.clone() }, keep),
        }
    }

    /// Opens it. A PIN counts as tried, durably, before it is tried, so that a kill in between gives no free try.
    /// A [`KeyManagerError`] does not count.
    pub fn unlock(
        &mut self,
        pin: Option<&str>,
        keys: &dyn KeyManager,
        now_ms: i64,
        keep: &mut Keep<'_>,
    ) -> Result<DataKey, VaultError> {
        let Some(salt) = self.salt()? else {
            return self.checked(&unwrapped(keys, &self.state)?);
        };
        let pin = Pin::parse(pin.ok_or(VaultError::PinNeeded)?)?;
        self.wait_is_over(now_ms, keep)?;
        let locked = unwrapped(keys, &self.state)?;
        let counted = self.state.attempts.one_more(now_ms);
        self.become_state(State { attempts: counted, ..self.state.clone() }, keep)?;
        let Some(key) = pin::unlock(&pin, self.state.cost, &salt, &self.state.alias, &locked)? else {
            return Err(counted.wrong_pin());
        };
        let data_key = self.checked(&key)?;
        // It was the right one; failing to note that costs at most waiting after the next wrong ones.
        let _ = self.become_state(State { attempts: Attempts::default(), ..self.state.clone() }, keep);
        Ok(data_key)
    }

    /// Replaces one PIN by another.
    pub fn change_pin(
        &mut self,
        old: &str,
        new: &str,
        keys: &dyn KeyManager,
        moment: &mut Moment<'_>,
        keep: &mut Keep<'_>,
    ) -> Result<(), VaultError> {
        Pin::parse(new)?;
        let data_key = self.unlock(Some(old), keys, moment.now_ms, keep)?;
        self.set_pin(&data_key, new, keys, moment, keep)
    }

    /// Sets a PIN, whatever was before; the open store's data key shows that this is allowed.
    pub fn set_pin(
        &mut self,
        data_key: &DataKey,
        pin: &str,
        keys: &dyn KeyManager,
        moment: &mut Moment<'_>,
        keep: &mut Keep<'_>,
    ) -> Result<(), VaultError> {
        self.checked(data_key.as_bytes())?;
        let pin = Pin::parse(pin)?;
        let next = protected(self.state.clone(), data_key, Some(&pin), keys, moment.entropy)?;
        self.become_state(next, keep)
    }

    /// From now on it opens without a PIN.
    pub fn remove_pin(
        &mut self,
        data_key: &DataKey,
        keys: &dyn KeyManager,
        moment: &mut Moment<'_>,
        keep: &mut Keep<'_>,
    ) -> Result<(), VaultError> {
        self.checked(data_key.as_bytes())?;
        let next = protected(self.state.clone(), data_key, None, keys, moment.entropy)?;
        self.become_state(next, keep)
    }

    /// Leaves the data key with the campaign, sealed to its recovery key: whether it was not there already. The device
    /// must have joined.
    pub fn escrow(
        &mut self,
        data_key: &DataKey,
        recovery_key: &[u8; 32],
        entropy: &mut dyn Entropy,
        keep: &mut Keep<'_>,
    ) -> Result<bool, VaultError> {
        self.checked(data_key.as_bytes())?;
        if self.state.escrow.as_ref().is_some_and(|escrow| escrow.recovery_key.0 == recovery_key) {
            return Ok(false);
        }
        let joined = self.state.joined.as_ref().ok_or(VaultError::NotRecoverable("the device has not joined yet"))?;
        let context = reset::context(joined.root, joined.device);
        let sealed = seal::seal(recovery_key, reset::ESCROW, &context, data_key.as_bytes(), entropy);
        let sealed = sealed.map_err(|_| VaultError::NotRecoverable("the campaign's recovery key is unusable"))?;
        let escrow = Escrow { recovery_key: Bytes(recovery_key.to_vec()), sealed: Bytes(sealed) };
        self.become_state(State { escrow: Some(escrow), ..self.state.clone() }, keep)?;
        Ok(true)
    }

    /// Destroys the platform's key: neither the vault nor, without a reset, the store opens ever again. For a device
    /// that is told to wipe itself.
    pub fn forget(self, keys: &dyn KeyManager) -> Result<(), VaultError> {
        Ok(keys.forget(&self.state.alias)?)
    }

    /// Refuses a try before its time; where the clock went back, the wait begins anew.
    fn wait_is_over(&mut self, now_ms: i64, keep: &mut Keep<'_>) -> Result<(), VaultError> {
        let attempts = self.state.attempts;
        match attempts.wait_ms(now_ms) {
            0 => Ok(()),
            wait_ms => {
                let since = attempts.since(now_ms);
                if since != attempts {
                    self.become_state(State { attempts: since, ..self.state.clone() }, keep)?;
                }
                Err(VaultError::PinWait { wait_ms })
            }
        }
    }

    fn become_state(&mut self, next: State, keep: &mut Keep<'_>) -> Result<(), VaultError> {
        keep(&next.to_bytes())?;
        self.state = next;
        Ok(())
    }

    fn salt(&self) -> Result<Option<[u8; 16]>, VaultError> {
        let salt = self.state.salt.as_ref().map(|salt| salt.array().ok_or_else(|| corrupt("the salt is damaged")));
        salt.transpose()
    }

    /// The data key, if it is this vault's.
    fn checked(&self, key: &[u8]) -> Result<DataKey, VaultError> {
        let key = DataKey::from_slice(key).filter(|key| check_of(key)[..] == self.state.check.0);
        key.ok_or_else(|| corrupt("the key in it is not the store's"))
    }
}

/// The state with this data key protected anew, and no wrong PINs counted.
fn protected(
    state: State,
    data_key: &DataKey,
    pin: Option<&Pin>,
    keys: &dyn KeyManager,
    entropy: &mut dyn Entropy,
) -> Result<State, VaultError> {
    let (salt, wrapped) = match pin {
        None => (None, keys.wrap(&state.alias, data_key.as_bytes())?),
        Some(pin) => {
            let mut salt = [0; 16];
            entropy.fill(&mut salt);
            let locked = pin::lock(pin, state.cost, &salt, &state.alias, data_key.as_bytes(), entropy)?;
            (Some(Bytes(salt.to_vec())), keys.wrap(&state.alias, &locked)?)
        }
    };
    Ok(State { salt, protected: Bytes(wrapped), attempts: Attempts::default(), ..state })
}

fn unwrapped(keys: &dyn KeyManager, state: &State) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    Ok(keys.unwrap(&state.alias, &state.protected.0)?)
}

/// A data key is 256 random bits: nobody finds it from this.
fn check_of(data_key: &DataKey) -> [u8; 16] {
    let digest = Sha256::new_with_prefix(b"dongbo/vault-check/1\0").chain_update(data_key.as_bytes()).finalize();
    std::array::from_fn(|i| digest[i])
}
