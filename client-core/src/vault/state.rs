//! How a vault is stored: JSON with `format`, binary parts in base64url without padding.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{PinCost, VaultError, attempts::Attempts};
use crate::{AuthorityId, CampaignId, DeviceId, limits::VAULT_BYTES_MAX};

/// Version of a vault's format.
pub const VAULT_FORMAT: u32 = 1;

/// All that a vault holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) format: u32,
    /// What the platform's key manager calls this person's key.
    pub(super) alias: String,
    /// Tells the right data key from others: first 16 bytes of SHA-256("dongbo/vault-check/1" ‖ 0 ‖ data key).
    pub(super) check: Bytes,
    /// The data key, encrypted under the PIN if there is one, wrapped by the key manager.
    pub(super) protected: Bytes,
    /// The salt of the PIN; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) salt: Option<Bytes>,
    pub(super) cost: PinCost,
    pub(super) attempts: Attempts,
    /// The campaign, once joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) joined: Option<Joined>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) escrow: Option<Escrow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reset: Option<PendingReset>,
}

/// What a reset is checked against while the store is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Joined {
    pub(super) campaign: CampaignId,
    pub(super) root: AuthorityId,
    pub(super) root_key: Bytes,
    pub(super) device: DeviceId,
}

/// The data key, sealed to the campaign's recovery key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Escrow {
    pub(super) recovery_key: Bytes,
    pub(super) sealed: Bytes,
}

/// The one-time key of a reset that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingReset {
    pub(super) key: Bytes,
    /// Its secret, wrapped by the key manager.
    pub(super) secret: Bytes,
}

impl State {
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        #[derive(Deserialize)]
        struct Format {
            format: u64,
        }
        if bytes.len() > VAULT_BYTES_MAX {
            return Err(corrupt("it is larger than a vault can be"));
        }
        let Format { format: found } = serde_json::from_slice(bytes).map_err(corrupt)?;
        if found > u64::from(VAULT_FORMAT) {
            return Err(VaultError::Newer { found, supported: VAULT_FORMAT });
        }
        let state: Self = serde_json::from_slice(bytes).map_err(corrupt)?;
        state.cost.check()?;
        let joined = state.joined.as_ref();
        let fits = joined.is_none_or(|joined| {
            joined.root_key.array().is_some_and(|root_key| AuthorityId::of(&root_key) == joined.root)
        });
        if !fits {
            return Err(corrupt("the root's key does not fit its id"));
        }
        Ok(state)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match serde_json::to_vec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("plain data failed to become JSON: {error}"),
        }
    }
}

pub(super) fn corrupt(detail: impl ToString) -> VaultError {
    VaultError::Corrupt(detail.to_string())
}

/// Bytes, as text in JSON.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Bytes {
    /// The bytes, if there are as many as this.
    pub(super) fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.0.as_slice().try_into().ok()
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(de::Error::custom)
    }
}
