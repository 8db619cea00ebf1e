//! Ed25519 key pairs.

use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

use crate::{AuthorityId, DeviceId};

/// An Ed25519 key pair: a device's, or an authority's. The secret is wiped from memory when dropped.
#[derive(Clone)]
pub struct KeyPair {
    secret: SigningKey,
    id: [u8; 16],
}

impl KeyPair {
    /// The key pair of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(&seed);
        let digest = Sha256::digest(secret.verifying_key().as_bytes());
        Self { secret, id: std::array::from_fn(|i| digest[i]) }
    }

    /// The 32 secret bytes, for storing.
    pub fn seed(&self) -> [u8; 32] {
        self.secret.to_bytes()
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.secret.verifying_key().to_bytes()
    }

    /// First 16 bytes of SHA-256 of the public key.
    pub fn id_bytes(&self) -> &[u8; 16] {
        &self.id
    }

    /// The id as a device.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.id)
    }

    /// The id as an authority.
    pub fn authority(&self) -> AuthorityId {
        AuthorityId(self.id)
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.secret.sign(bytes).to_bytes()
    }
}

/// Never shows the secret.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyPair({})", self.device())
    }
}

/// Verifies a bare signature strictly.
pub(crate) fn verify_bare(public_key: &[u8; 32], bytes: &[u8], signature: &[u8]) -> bool {
    let key = ed25519_dalek::VerifyingKey::from_bytes(public_key);
    let signature = ed25519_dalek::Signature::from_slice(signature);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_strict(bytes, &signature).is_ok())
}
