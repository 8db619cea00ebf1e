//! What a vault answers when it does not open, or cannot do what was asked.

use super::KeyManagerError;
use crate::store::StoreError;

/// Why a vault did not do what was asked. Every variant has a stable [`VaultError::code`]. What the vault holds was not
/// changed, except that a PIN tried counts as tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// Another PIN.
    #[error(
        "this is not the PIN. Tries left before waiting: {tries_left_before_wait}. Nothing was lost; if you have forgotten \
         it, ask the administrator for a reset."
    )]
    WrongPin {
        /// Tries that cost no waiting.
        tries_left_before_wait: u32,
        /// How long to wait before the next try, in milliseconds.
        wait_ms: u64,
    },
    /// Too many wrong PINs: this one was not tried.
    #[error("wait {} seconds before the next try; this one was not counted. Nothing was lost.", wait_ms.div_ceil(1_000))]
    PinWait {
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// The vault has a PIN and none was given.
    #[error("enter the PIN")]
    PinNeeded,
    /// No PIN that could be one.
    #[error("{0}. The PIN in use stays.")]
    InvalidPin(#[from] super::InvalidPin),
    /// The platform's key manager failed. It does not count as a try.
    #[error(transparent)]
    KeyManager(#[from] KeyManagerError),
    /// The vault cannot be read, or what is in it does not belong together.
    #[error(
        "the vault of this store cannot be read: {0}. Nothing was thrown away; keep the files and ask the administrator \
         for help."
    )]
    Corrupt(String),
    /// The vault was written by a newer version.
    #[error(
        "the vault has format {found}, this program reads up to {supported}; update the program. Nothing was changed."
    )]
    Newer {
        /// Format found.
        found: u64,
        /// Highest understood.
        supported: u32,
    },
    /// The store was never left with the campaign's recovery key.
    #[error("a reset cannot open this store: {0}. Nothing was lost; it opens with its PIN.")]
    NotRecoverable(&'static str),
    /// The answer to a reset does not count.
    #[error("this answer does not open the store: {0}. Nothing was changed; ask the administrator for another one.")]
    ResetRefused(String),
    /// The vault belongs to another campaign or device.
    #[error("this vault already belongs to device {0}; use another one for another person or campaign")]
    OtherDevice(crate::DeviceId),
    /// The vault could not be written.
    #[error(transparent)]
    NotKept(#[from] StoreError),
}

impl VaultError {
    /// A stable code for apps and scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongPin { .. } => "wrong_pin",
            Self::PinWait { .. } => "pin_wait",
            Self::PinNeeded => "pin_needed",
            Self::InvalidPin(_) => "invalid_pin",
            Self::KeyManager(KeyManagerError::Gone(_)) => "key_gone",
            Self::KeyManager(_) => "key_manager",
            Self::Corrupt(_) => "vault_corrupt",
            Self::Newer { .. } => "vault_newer",
            Self::NotRecoverable(_) => "not_recoverable",
            Self::ResetRefused(_) => "reset_refused",
            Self::OtherDevice(_) => "other_device",
            Self::NotKept(StoreError::DiskFull) => "disk_full",
            Self::NotKept(_) => "vault_not_kept",
        }
    }
}
