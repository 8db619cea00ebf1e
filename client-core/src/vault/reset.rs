//! A forgotten PIN: a one-time key, an administrator's signed answer, a new PIN.
//!
//! The escrow goes to an administrator with a one-time key of the vault. They open it with the campaign's recovery key,
//! seal the data key to the one-time key, and the hub signs that as a `reset` statement, which the member sees on all
//! their devices. The vault believes it by the root key it pinned when the device joined; while it is locked it knows of
//! no revocation, but an issuing key alone, revoked or not, opens no escrow.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{
    Keep, KeyManager, KeyManagerError, Pin, ResetAnswer, ResetRequest, Vault, VaultError, check_of, protected,
    state::{Bytes, PendingReset, State, corrupt},
};
use crate::{
    AuthorityId, DeviceId,
    change::Bundle,
    identity::{Reset, Statement, Trust},
    outside::{Entropy, Moment},
    seal::{SealError, SealingKey, seal},
    store::DataKey,
};

/// What a data key is sealed to the recovery key for.
pub(super) const ESCROW: &str = "escrow";
/// What it is sealed to a one-time key for.
const RESET: &str = "reset";

/// Both are about this device of this campaign.
pub(super) fn context(root: AuthorityId, device: DeviceId) -> Vec<u8> {
    [root.0, device.0].concat()
}

impl ResetRequest {
    /// The administrator's part: opens the escrow with the recovery key and seals the data key to the one-time key.
    /// The result is what a `reset` statement carries.
    pub fn sealed_for_device(&self, recovery: &SealingKey, entropy: &mut dyn Entropy) -> Result<Vec<u8>, SealError> {
        let context = context(self.root, self.device);
        let data_key = recovery.open(ESCROW, &context, &self.escrow)?;
        seal(&self.key, RESET, &context, &data_key, entropy)
    }
}

impl ResetAnswer {
    /// The answer: the issuing keys' statements, then the reset that one of them signed.
    pub fn new<'a>(root: AuthorityId, issuing_keys: impl IntoIterator<Item = &'a [u8]>, reset: &'a [u8]) -> Self {
        Self { bundle: Bundle::write(root, issuing_keys.into_iter().chain([reset]), []) }
    }
}

impl Vault {
    /// Asks for a reset. Asked again it is the same request, so that an answer to the first one still counts, until it
    /// was answered or [`Vault::cancel_reset`].
    pub fn begin_reset(
        &mut self,
        keys: &dyn KeyManager,
        entropy: &mut dyn Entropy,
        keep: &mut Keep<'_>,
    ) -> Result<ResetRequest, VaultError> {
        let (Some(joined), Some(escrow)) = (self.state.joined.clone(), self.state.escrow.clone()) else {
            return Err(VaultError::NotRecoverable("it was not left with the campaign's recovery key yet"));
        };
        // A one-time key that went with the platform's key opens nothing any more: the request is made anew.
        let pending = self.state.reset.clone().filter(|pending| {
            !matches!(keys.unwrap(&self.state.alias, &pending.secret.0), Err(KeyManagerError::Gone(_)))
        });
        let pending = match pending {
            Some(pending) => pending,
            None => {
                let mut seed = Zeroizing::new([0; 32]);
                entropy.fill(seed.as_mut_slice());
                let secret = keys.wrap(&self.state.alias, seed.as_slice())?;
                let key = SealingKey::from_seed(*seed).public();
                let pending = PendingReset { key: Bytes(key.to_vec()), secret: Bytes(secret) };
                self.become_state(State { reset: Some(pending.clone()), ..self.state.clone() }, keep)?;
                pending
            }
        };
        let damaged = || corrupt("a key in it has not 32 bytes");
        Ok(ResetRequest {
            campaign: joined.campaign,
            root: joined.root,
            device: joined.device,
            key: pending.key.array().ok_or_else(damaged)?,
            recovery_key: escrow.recovery_key.array().ok_or_else(damaged)?,
            escrow: escrow.sealed.0,
        })
    }

    /// Forgets a reset that was asked for; answers to it no longer count.
    pub fn cancel_reset(&mut self, keep: &mut Keep<'_>) -> Result<(), VaultError> {
        if self.state.reset.is_none() {
            return Ok(());
        }
        self.become_state(State { reset: None, ..self.state.clone() }, keep)
    }

    /// Takes the administrator's answer: checks it, protects the data key with the new PIN (or none) and clears the wrong
    /// ones. An answer that is not signed, about another device or campaign, or was used already, changes nothing.
    pub fn finish_reset(
        &mut self,
        answer: &str,
        new_pin: Option<&str>,
        keys: &dyn KeyManager,
        moment: &mut Moment<'_>,
        keep: &mut Keep<'_>,
    ) -> Result<DataKey, VaultError> {
        let pin = new_pin.map(Pin::parse).transpose()?;
        let pending = self.state.reset.clone().ok_or_else(|| refused("no reset was asked for on this device"))?;
        let reset = self.believed(answer)?;
        let seed = keys.unwrap(&self.state.alias, &pending.secret.0)?;
        let seed = seed.as_slice().try_into().map_err(|_| corrupt("the one-time key is damaged"))?;
        let opened =
            SealingKey::from_seed(seed).open(RESET, &context(self.root_pinned()?, reset.device), &reset.sealed);
        let opened = opened.map_err(|error| match error {
            SealError::DoesNotOpen => refused("it answers another request, perhaps an earlier one"),
            other => refused(other),
        })?;
        let data_key = DataKey::from_slice(&opened).filter(|key| check_of(key)[..] == self.state.check.0);
        let data_key = data_key.ok_or_else(|| refused("the key in it is not this store's"))?;
        let next = State { reset: None, ..self.state.clone() };
        let next = protected(next, &data_key, pin.as_ref(), keys, moment.entropy)?;
        self.become_state(next, keep)?;
        Ok(data_key)
    }

    /// The answer's reset of this device, if the pinned root vouches for it.
    fn believed(&self, answer: &str) -> Result<Reset, VaultError> {
        let joined = self.state.joined.as_ref().ok_or_else(|| refused("this device has not joined yet"))?;
        let answer = ResetAnswer::parse(answer).map_err(refused)?;
        let bundle = Bundle::read(&answer.bundle).map_err(refused)?;
        if bundle.root != joined.root {
            return Err(refused("it comes from another campaign"));
        }
        let root_key = joined.root_key.array().ok_or_else(|| corrupt("the root's key has not 32 bytes"))?;
        let mut trust = Trust::new(root_key);
        let mut found = None;
        for signed in bundle.statements {
            let signed = Arc::new(signed);
            trust.accept(&signed).map_err(refused)?;
            match &signed.statement {
                Statement::Reset(reset) if reset.device == joined.device => found = Some(reset.clone()),
                Statement::Reset(_) => return Err(refused("it is for another device")),
                _ => {}
            }
        }
        found.ok_or_else(|| refused("there is no reset in it"))
    }

    fn root_pinned(&self) -> Result<AuthorityId, VaultError> {
        self.root().ok_or_else(|| refused("this device has not joined yet"))
    }
}

fn refused(reason: impl ToString) -> VaultError {
    VaultError::ResetRefused(reason.to_string())
}
