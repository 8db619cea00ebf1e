//! Sealing to a public key: anybody seals, only the holder of the secret key opens, and nothing says who sealed.
//!
//! HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. Sealed bytes are one byte of
//! format, the 32 bytes of the sender's one-time public key, and the ciphertext with its tag:
//! `info = "dongbo/seal/1" ‖ 0 ‖ purpose`, `aad = context`. So nothing sealed for one purpose or about one thing opens
//! as another.

use std::convert::Infallible;

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, rand_core, single_shot_open, single_shot_seal_with_rng,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::outside::Entropy;

/// The format this program writes; it reads no other.
pub const SEAL_FORMAT: u8 = 1;
/// Bytes that sealing adds.
pub const SEAL_BYTES_ADDED: usize = 1 + PUBLIC_BYTES + 16;

const PUBLIC_BYTES: usize = 32;

type Kem = X25519HkdfSha256;

/// Sealing or opening that was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Too short to be sealed bytes, or their first byte is none of ours.
    #[error("these are no sealed bytes, or they were cut; copy them again")]
    NotSealed,
    /// Made by a newer program.
    #[error("it was sealed with format {found}, this program reads {SEAL_FORMAT}; update the program")]
    NewerFormat {
        /// Format found.
        found: u8,
    },
    /// The public key is none that anything can be sealed to.
    #[error("the public key cannot be sealed to; nothing was sealed. Get the key again from where it comes from.")]
    UnusableKey,
    /// Sealed to another key, for another purpose or about something else, or changed since.
    #[error("it does not open with this key: it was sealed to another key or about something else, or it was changed")]
    DoesNotOpen,
}

/// The secret half of a sealing key. Wiped from memory when dropped.
pub struct SealingKey {
    secret: <Kem as hpke::Kem>::PrivateKey,
    public: [u8; PUBLIC_BYTES],
}

impl SealingKey {
    /// The key of 32 random bytes: an X25519 secret (RFC 7748).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        match <Kem as hpke::Kem>::PrivateKey::from_bytes(seed.as_slice()) {
            Ok(secret) => {
                let mut public = [0; PUBLIC_BYTES];
                Kem::sk_to_pk(&secret).write_exact(&mut public);
                Self { secret, public }
            }
            Err(error) => unreachable!("any 32 bytes are an X25519 secret: {error}"),
        }
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Opens what was sealed to this key for this purpose, about this context.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let body = match sealed.split_first() {
            Some((&SEAL_FORMAT, body)) => body,
            Some((&found, _)) if found > SEAL_FORMAT => return Err(SealError::NewerFormat { found }),
            _ => return Err(SealError::NotSealed),
        };
        let (encapsulated, ciphertext) = body.split_at_checked(PUBLIC_BYTES).ok_or(SealError::NotSealed)?;
        let encapsulated =
            <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| SealError::NotSealed)?;
        let plain = single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.secret,
            &encapsulated,
            &info(purpose),
            ciphertext,
            context,
        );
        plain.map(Zeroizing::new).map_err(|_| SealError::DoesNotOpen)
    }
}

/// Never shows the secret.
impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealingKey({})", hex::encode(self.public))
    }
}

/// Seals `plain` to a public key, for a purpose and about a context, which who opens it must name.
pub fn seal(
    public: &[u8; 32],
    purpose: &str,
    context: &[u8],
    plain: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| SealError::UnusableKey)?;
    let sealed = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public,
        &info(purpose),
        plain,
        context,
        &mut Randomness(entropy),
    );
    // Only a point of small order fails: the shared secret would be zero (RFC 9180 section 7.1.4).
    let (encapsulated, ciphertext) = sealed.map_err(|_| SealError::UnusableKey)?;
    Ok([&[SEAL_FORMAT], &encapsulated.to_bytes()[..], &ciphertext].concat())
}

/// How a sealing key is named where 32 bytes are too many: first 16 bytes of SHA-256 of the public key.
pub fn sealing_key_id(public: &[u8; 32]) -> [u8; 16] {
    let digest = Sha256::digest(public);
    std::array::from_fn(|i| digest[i])
}

fn info(purpose: &str) -> Vec<u8> {
    [b"dongbo/seal/1\0", purpose.as_bytes()].concat()
}

/// Our randomness, as the library takes it.
struct Randomness<'a>(&'a mut dyn Entropy);

impl rand_core::TryRng for Randomness<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Randomness<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "Tổ công nghệ số cộng đồng thôn Đông hướng dẫn bà con nộp hồ sơ trực tuyến";

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(7);
            }
        }
    }

    fn sealed(key: &SealingKey) -> Vec<u8> {
        seal(&key.public(), "escrow", b"thiet bi", PLAIN.as_bytes(), &mut counting()).unwrap()
    }

    #[test]
    fn only_the_secret_key_opens_and_only_for_what_it_was_sealed() {
        let (key, other) = (SealingKey::from_seed([5; 32]), SealingKey::from_seed([6; 32]));
        let sealed = sealed(&key);
        assert_eq!(sealed.len(), PLAIN.len() + SEAL_BYTES_ADDED);
        assert_eq!(key.open("escrow", b"thiet bi", &sealed).unwrap().as_slice(), PLAIN.as_bytes());
        let does_not_open = Some(SealError::DoesNotOpen);
        assert_eq!(other.open("escrow", b"thiet bi", &sealed).err(), does_not_open, "another key");
        assert_eq!(key.open("reset", b"thiet bi", &sealed).err(), does_not_open, "another purpose");
        assert_eq!(key.open("escrow", b"thiet bi 2", &sealed).err(), does_not_open, "another context");
    }

    #[test]
    fn two_sealings_of_the_same_differ() {
        let key = SealingKey::from_seed([5; 32]);
        let mut entropy = counting();
        let mut sealed = || seal(&key.public(), "escrow", b"", b"1", &mut entropy).unwrap();
        assert_ne!(sealed(), sealed());
    }

    #[test]
    fn damage_and_nonsense_are_told_apart() {
        let key = SealingKey::from_seed([5; 32]);
        let sealed = sealed(&key);
        let open = |bytes: &[u8]| key.open("escrow", b"thiet bi", bytes).err();
        for length in 0..sealed.len() {
            let expected = if length <= PUBLIC_BYTES { SealError::NotSealed } else { SealError::DoesNotOpen };
            assert_eq!(open(&sealed[..length]), Some(expected), "cut at {length}");
        }
        for at in 8..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[at / 8] ^= 1 << (at % 8);
            // X25519 ignores the highest bit of a public key, but the key schedule does not.
            assert_eq!(open(&changed), Some(SealError::DoesNotOpen), "bit {at}");
        }
        for (first, expected) in [(0, SealError::NotSealed), (2, SealError::NewerFormat { found: 2 })] {
            assert_eq!(open(&[&[first], &sealed[1..]].concat()), Some(expected));
        }
    }

    #[test]
    fn keys_of_small_order_are_not_sealed_to() {
        for public in [[0; 32], std::array::from_fn(|i| u8::from(i == 0))] {
            assert_eq!(seal(&public, "escrow", b"", b"1", &mut counting()), Err(SealError::UnusableKey));
        }
        // As a sender's one-time key they open nothing.
        let forged = [&[SEAL_FORMAT][..], &[0; PUBLIC_BYTES], &[0; 16]].concat();
        assert_eq!(SealingKey::from_seed([5; 32]).open("escrow", b"", &forged).err(), Some(SealError::DoesNotOpen));
    }

    /// RFC 7748 section 5.2, the first iteration: its scalar and point are both 9, the base point.
    #[test]
    fn a_seed_is_an_x25519_secret() {
        let key = SealingKey::from_seed(std::array::from_fn(|i| if i == 0 { 9 } else { 0 }));
        let public = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
        assert_eq!(hex::encode(key.public()), public);
        assert_eq!(format!("{key:?}"), format!("SealingKey({public})"), "the secret is not shown");
    }
}
