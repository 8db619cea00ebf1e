//! A PIN, and the key that is stretched from it (Argon2id, RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::VaultError;
use crate::{
    limits::{PIN_CHARS_MAX, PIN_CHARS_MIN, PIN_LANES_MAX, PIN_MEMORY_KIB_MAX, PIN_PASSES_MAX},
    outside::Entropy,
};

const NONCE_BYTES: usize = 24;

/// Text that is no PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPin {
    /// Too short.
    #[error("a PIN has at least {PIN_CHARS_MIN} characters")]
    TooShort,
    /// Too long.
    #[error("a PIN has at most {PIN_CHARS_MAX} characters")]
    TooLong,
}

/// A PIN or a word of a person, in NFC: however a keyboard composes its marks, it is the same. Wiped when dropped.
pub(super) struct Pin(Zeroizing<String>);

impl Pin {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidPin> {
        let mut pin = Zeroizing::new(String::with_capacity(text.len().min(PIN_CHARS_MAX * 16)));
        let mut count = 0;
        for letter in text.nfc() {
            count += 1;
            if count > PIN_CHARS_MAX {
                return Err(InvalidPin::TooLong);
            }
            pin.push(letter);
        }
        if count < PIN_CHARS_MIN { Err(InvalidPin::TooShort) } else { Ok(Self(pin)) }
    }
}

/// How much work trying one PIN is. It is kept in the vault, so that a later program can ask for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PinCost {
    /// What OWASP's password storage cheat sheet asks of Argon2id: 19 MiB, two passes, one lane.
    pub const STANDARD: Self = Self { memory_kib: 19 * 1_024, passes: 2, lanes: 1 };
    /// As little as Argon2 allows. For tests only: such a PIN is guessed at once.
    pub const WEAK_FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    fn params(self) -> Result<Params, VaultError> {
        let asks_too_much =
            self.memory_kib > PIN_MEMORY_KIB_MAX || self.passes > PIN_PASSES_MAX || self.lanes > PIN_LANES_MAX;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        params
            .ok()
            .filter(|_| !asks_too_much)
            .ok_or_else(|| VaultError::Corrupt("what trying a PIN costs is out of bounds".into()))
    }

    pub(super) fn check(self) -> Result<(), VaultError> {
        self.params().map(|_| ())
    }

    fn stretch(self, pin: &Pin, salt: &[u8; 16]) -> Result<XChaCha20Poly1305, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?)
            .hash_password_into(pin.0.as_bytes(), salt, key.as_mut_slice())
            .map_err(|error| VaultError::Corrupt(error.to_string()))?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }
}

/// Encrypts a key under a PIN: nonce, then ciphertext and tag.
pub(super) fn lock(
    pin: &Pin,
    cost: PinCost,
    salt: &[u8; 16],
    alias: &str,
    key: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let associated = associated(alias);
    let locked = cost.stretch(pin, salt)?.encrypt(&XNonce::from(nonce), Payload { msg: key, aad: &associated });
    let locked = locked.map_err(|_| VaultError::Corrupt("the key cannot be encrypted".into()))?;
    Ok([&nonce[..], &locked].concat())
}

/// Decrypts it again; `None` with another PIN.
pub(super) fn unlock(
    pin: &Pin,
    cost: PinCost,
    salt: &[u8; 16],
    alias: &str,
    locked: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let Some((nonce, ciphertext)) = locked.split_first_chunk::<NONCE_BYTES>() else {
        return Err(VaultError::Corrupt("the protected key is cut".into()));
    };
    let associated = associated(alias);
    let payload = Payload { msg: ciphertext, aad: &associated };
    Ok(cost.stretch(pin, salt)?.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new))
}

fn associated(alias: &str) -> Vec<u8> {
    [b"dongbo/vault-pin/1\0", alias.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_4_to_64_characters_however_its_marks_are_composed() {
        let check = |text: &str, expect: Result<&str, InvalidPin>| {
            assert_eq!(Pin::parse(text).map(|pin| pin.0.to_string()), expect.map(str::to_owned), "{text:?}");
        };
        check("2580", Ok("2580"));
        check("258", Err(InvalidPin::TooShort));
        check("", Err(InvalidPin::TooShort));
        check("xe\u{302}\u{309}", Err(InvalidPin::TooShort));
        check("Ca\u{302}\u{301}p so\u{302}\u{301} 4", Ok("Cấp số 4"));
        check(&"ộ".repeat(64), Ok(&"ộ".repeat(64)));
        check(&"o\u{323}\u{302}".repeat(64), Ok(&"ộ".repeat(64)));
        check(&"ộ".repeat(65), Err(InvalidPin::TooLong));
        check(&"1".repeat(1 << 20), Err(InvalidPin::TooLong));
    }

    /// A sample another implementation can check itself against.
    #[test]
    fn the_standard_cost_stretches_to_this() {
        let pin = Pin::parse("Mật khẩu 244").unwrap();
        let mut entropy = |bytes: &mut [u8]| bytes.fill(5);
        let locked = lock(&pin, PinCost::STANDARD, &[3; 16], "may-cua-hoa", &[7; 32], &mut entropy).unwrap();
        assert_eq!(hex::encode(&locked), GOLDEN);
        let unlocked = |text, alias| {
            let pin = Pin::parse(text).unwrap();
            unlock(&pin, PinCost::STANDARD, &[3; 16], alias, &locked).unwrap().map(|key| key.to_vec())
        };
        assert_eq!(unlocked("Mật khẩu 244", "may-cua-hoa"), Some(vec![7; 32]));
        assert_eq!(unlocked("mật khẩu 244", "may-cua-hoa"), None);
        assert_eq!(unlocked("Mật khẩu 244", "may-cua-binh"), None);
    }

    const GOLDEN: &str = "050505050505050505050505050505050505050505050505a13b14868220012123f45e27173d72da\
                          596064212d58e4bb85d860b636912bfd1d68a7cbd426cfb1565e6fd075060fdd";

    #[test]
    fn costs_out_of_bounds_are_refused_before_any_memory_is_taken() {
        let ok = PinCost::WEAK_FOR_TESTS;
        for cost in [
            PinCost { memory_kib: u32::MAX, ..ok },
            PinCost { memory_kib: 0, ..ok },
            PinCost { passes: 0, ..ok },
            PinCost { passes: u32::MAX, ..ok },
            PinCost { lanes: 0, ..ok },
            PinCost { lanes: 17, memory_kib: 1_024, ..ok },
        ] {
            assert!(matches!(cost.check(), Err(VaultError::Corrupt(_))), "{cost:?}");
        }
        for cost in [ok, PinCost::STANDARD] {
            assert_eq!(cost.check(), Ok(()));
        }
    }
}
