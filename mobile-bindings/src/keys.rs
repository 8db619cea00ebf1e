//! The platform's keeper of keys.

use std::sync::Arc;

use dongbo_core::vault;
use zeroize::Zeroizing;

use crate::HostError;

/// Wraps keys with one that never leaves the platform's keeper: Android Keystore, iOS Keychain. `docs/mobile.md` has
/// both; tests use a static one.
///
/// Called on a thread of its own, without any lock: it may ask for a fingerprint and take its time. An error is
/// temporary: it destroys nothing, counts as no attempt at a PIN, and the same call may succeed later.
#[uniffi::export(with_foreign)]
pub trait KeyManager: Send + Sync {
    /// Encrypts 32 to 256 bytes under the key named `alias`, making that key if there is none.
    fn wrap(&self, alias: String, key: Vec<u8>) -> Result<Vec<u8>, HostError>;
    /// Decrypts what [`wrap`](Self::wrap) gave.
    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError>;
    /// Destroys the key named `alias`: what it wrapped can never be read again. Succeeds if there is none.
    fn forget(&self, alias: String) -> Result<(), HostError>;
}

/// The app's key manager as the core wants it.
pub(crate) struct Keys(pub(crate) Arc<dyn KeyManager>);

impl vault::KeyManager for Keys {
    fn wrap(&self, alias: &str, key: &[u8]) -> Result<Vec<u8>, vault::KeyManagerError> {
        self.0.wrap(alias.to_owned(), key.to_vec()).map_err(failed)
    }

    fn unwrap(&self, alias: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, vault::KeyManagerError> {
        self.0.unwrap(alias.to_owned(), wrapped.to_vec()).map(Zeroizing::new).map_err(failed)
    }

    fn forget(&self, alias: &str) -> Result<(), vault::KeyManagerError> {
        self.0.forget(alias.to_owned()).map_err(failed)
    }
}

fn failed(error: HostError) -> vault::KeyManagerError {
    match error {
        HostError::Unavailable { reason } => vault::KeyManagerError::Unavailable(reason),
        HostError::Gone { reason } => vault::KeyManagerError::Gone(reason),
    }
}
