//! The platform's key manager: Android Keystore, iOS Keychain, a file on a server.

use zeroize::Zeroizing;

/// What the core asks of the platform. Its keys never leave it.
pub trait KeyManager {
    /// Encrypts `key` under the platform's key with this alias, which is made if there is none.
    fn wrap(&self, alias: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError>;

    /// Decrypts what [`wrap`](Self::wrap) gave.
    fn unwrap(&self, alias: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyManagerError>;

    /// Destroys the platform's key with this alias, so that nothing wrapped under it opens any more.
    fn forget(&self, alias: &str) -> Result<(), KeyManagerError>;
}

/// A key manager that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyManagerError {
    /// Not now: the phone is locked, the service is busy.
    #[error("the phone's key store does not answer now ({0}); unlock the phone and try again. Nothing was changed.")]
    Unavailable(String),
    /// The key is gone, as after a phone was put back from a backup. A reset by the administrator opens the store.
    #[error(
        "the phone's key store no longer has this key ({0}). What was typed is still there: ask the administrator for a \
         reset."
    )]
    Gone(String),
}

impl KeyManagerError {
    /// Whether trying again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
