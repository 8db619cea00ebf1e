//! A bundle sealed to the campaign's recovery key: what a device that is told to wipe itself hands over of unsent work.
//!
//! A CBOR sequence of two items: `["dongbo-sealed-bundle", 1, root, recovery public key]`, then a byte string, the sealed
//! bytes of a [`Bundle`](super::Bundle). The first item as it stands is the context that is authenticated.

use minicbor::Decoder;
use zeroize::Zeroizing;

use crate::{
    AuthorityId,
    cbor::encode,
    limits::BUNDLE_BYTES_MAX,
    outside::Entropy,
    seal::{SEAL_BYTES_ADDED, SealError, SealingKey, seal},
};

const NAME: &str = "dongbo-sealed-bundle";
const VERSION: u64 = 1;
const PURPOSE: &str = "bundle";
/// More than the header and the heads of both items have.
const AROUND_BYTES_MAX: usize = 128;

/// A file that is no sealed bundle, or does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedBundleError {
    /// Another file.
    #[error("this is no sealed bundle")]
    OtherFile,
    /// Made by a newer program.
    #[error("the sealed bundle has version {0}, this program reads version 1; update the program")]
    UnsupportedVersion(u64),
    /// Larger than a bundle may be.
    #[error("the sealed bundle is larger than a bundle may be")]
    TooLarge,
    /// The file is cut or has bytes behind its end.
    #[error("the sealed bundle is damaged or cut; copy the file again")]
    Damaged,
    /// Sealed to another recovery key.
    #[error("it is sealed to the recovery key {}; use that one", hex::encode(.0))]
    OtherKey([u8; 32]),
    /// It cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A sealed bundle, not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBundle {
    /// The campaign's root, as the file states it.
    pub root: AuthorityId,
    /// The public key it is sealed to, as the file states it.
    pub recovery_key: [u8; 32],
    sealed: Vec<u8>,
}

impl SealedBundle {
    /// Seals a bundle's bytes; the result is the file.
    pub fn write(
        root: AuthorityId,
        recovery_key: &[u8; 32],
        bundle: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, SealedBundleError> {
        if bundle.len() > BUNDLE_BYTES_MAX {
            return Err(SealedBundleError::TooLarge);
        }
        let header = header(root, recovery_key);
        let sealed = seal(recovery_key, PURPOSE, &header, bundle, entropy)?;
        let body = encode(|e| {
            e.bytes(&sealed)?;
            Ok(())
        });
        Ok([header, body].concat())
    }

    /// Reads a whole file.
    pub fn read(bytes: &[u8]) -> Result<Self, SealedBundleError> {
        let other = |_| SealedBundleError::OtherFile;
        if bytes.len() > BUNDLE_BYTES_MAX + SEAL_BYTES_ADDED + AROUND_BYTES_MAX {
            return Err(SealedBundleError::TooLarge);
        }
        let mut decoder = Decoder::new(bytes);
        let length = decoder.array().map_err(other)?;
        if decoder.str().map_err(other)? != NAME {
            return Err(SealedBundleError::OtherFile);
        }
        match decoder.u64().map_err(other)? {
            VERSION if length == Some(4) => {}
            newer if newer > VERSION => return Err(SealedBundleError::UnsupportedVersion(newer)),
            _ => return Err(SealedBundleError::OtherFile),
        }
        let root = AuthorityId::try_from(decoder.bytes().map_err(other)?).map_err(|_| SealedBundleError::OtherFile)?;
        let recovery_key = decoder.bytes().map_err(other)?.try_into().map_err(|_| SealedBundleError::OtherFile)?;
        let sealed = decoder.bytes().map_err(|_| SealedBundleError::Damaged)?.to_vec();
        if decoder.position() != bytes.len() {
            return Err(SealedBundleError::Damaged);
        }
        Ok(Self { root, recovery_key, sealed })
    }

    /// Opens it with the recovery key; what comes out are the bytes of a [`Bundle`](super::Bundle), trusted as little as
    /// any.
    pub fn open(&self, recovery: &SealingKey) -> Result<Zeroizing<Vec<u8>>, SealedBundleError> {
        if recovery.public() != self.recovery_key {
            return Err(SealedBundleError::OtherKey(self.recovery_key));
        }
        Ok(recovery.open(PURPOSE, &header(self.root, &self.recovery_key), &self.sealed)?)
    }
}

fn header(root: AuthorityId, recovery_key: &[u8; 32]) -> Vec<u8> {
    encode(|e| {
        e.array(4)?.str(NAME)?.u64(VERSION)?.bytes(&root.0)?.bytes(recovery_key)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Bundle;

    const ROOT: AuthorityId = AuthorityId([1; 16]);

    fn key() -> SealingKey {
        SealingKey::from_seed([2; 32])
    }

    fn file() -> Vec<u8> {
        let bundle = Bundle::write(ROOT, [], [&b"one change"[..]]);
        SealedBundle::write(ROOT, &key().public(), &bundle, &mut |bytes: &mut [u8]| bytes.fill(3)).unwrap()
    }

    #[test]
    fn only_the_recovery_key_opens_it() {
        let sealed = SealedBundle::read(&file()).unwrap();
        assert_eq!((sealed.root, sealed.recovery_key), (ROOT, key().public()));
        assert_eq!(*sealed.open(&key()).unwrap(), Bundle::write(ROOT, [], [&b"one change"[..]]));
        let other = sealed.open(&SealingKey::from_seed([9; 32])).unwrap_err();
        assert_eq!(other, SealedBundleError::OtherKey(key().public()));
        let moved = SealedBundle { root: AuthorityId([4; 16]), ..sealed };
        assert_eq!(moved.open(&key()).err(), Some(SealError::DoesNotOpen.into()), "another campaign");
    }

    #[test]
    fn nonsense_is_explained() {
        let whole = file();
        let header = header(ROOT, &key().public()).len();
        for length in 0..whole.len() {
            let expected = if length < header { SealedBundleError::OtherFile } else { SealedBundleError::Damaged };
            assert_eq!(SealedBundle::read(&whole[..length]), Err(expected), "cut at {length}");
        }
        let mut newer = whole.clone();
        newer[2 + NAME.len()] = 2;
        for (bytes, expected) in [
            ([&whole[..], &[0]].concat(), SealedBundleError::Damaged),
            (newer, SealedBundleError::UnsupportedVersion(2)),
            (Bundle::write(ROOT, [], []), SealedBundleError::OtherFile),
            ("Tổ công nghệ số cộng đồng".into(), SealedBundleError::OtherFile),
        ] {
            assert_eq!(SealedBundle::read(&bytes), Err(expected));
        }
        for at in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(SealedBundle::read(&changed).and_then(|sealed| sealed.open(&key())).is_err(), "bit {at}");
        }
    }
}
