//! What stands for the platform's keeper of keys in a browser.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use dongbo_core::vault::{KeyManager, KeyManagerError};
use zeroize::Zeroizing;

use crate::outside::entropy;

const NONCE_BYTES: usize = 24;

/// One person's key, which lies in IndexedDB beside what it wraps. The core asks at once and WebCrypto answers later, so
/// this is no `CryptoKey`; one that cannot be exported would lie in the same files all the same.
pub(crate) struct BrowserKey(pub(crate) Zeroizing<[u8; 32]>);

impl BrowserKey {
    pub(crate) fn random() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        entropy()(key.as_mut_slice());
        Self(key)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl KeyManager for BrowserKey {
    fn wrap(&self, alias: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError> {
        let mut nonce = [0; NONCE_BYTES];
        entropy()(&mut nonce);
        let payload = Payload { msg: key, aad: alias.as_bytes() };
        let wrapped = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let wrapped = wrapped.map_err(|error| KeyManagerError::Unavailable(error.to_string()))?;
        Ok([&nonce[..], &wrapped].concat())
    }

    fn unwrap(&self, alias: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyManagerError> {
        let gone = || KeyManagerError::Gone("it does not open what it wrapped".into());
        let (nonce, wrapped) = wrapped.split_first_chunk::<NONCE_BYTES>().ok_or_else(gone)?;
        let payload = Payload { msg: wrapped, aad: alias.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| gone())
    }

    /// The key goes with the person's entry ([`crate::people::People::wipe`]).
    fn forget(&self, _alias: &str) -> Result<(), KeyManagerError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_what_it_wrapped_for_the_same_person_only() {
        let key = BrowserKey::random();
        let wrapped = key.wrap("hòa", b"secret").expect("wraps");
        assert_eq!(key.unwrap("hòa", &wrapped).expect("unwraps").as_slice(), b"secret");
        assert!(key.unwrap("bình", &wrapped).is_err());
        assert!(BrowserKey::random().unwrap("hòa", &wrapped).is_err());
        assert!(key.unwrap("hòa", &wrapped[..10]).is_err());
    }
}
