//! A store whose values are encrypted. Keys stay as they are: they hold ids and numbers, never text.
//!
//! | a stored value | bytes |
//! |---|---|
//! | format | 1 |
//! | nonce | 24, random |
//! | ciphertext and tag (XChaCha20-Poly1305) | length of the value + 16 |
//!
//! The associated data are the format and the key of the pair, so that a value moved to another key does not open. What
//! this does not notice is an older value put back at its own key, or a pair that was removed: whoever can write to the
//! files can do that.

#[cfg(test)]
mod tests;

use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce, aead::Aead as _, aead::Payload};

use super::{Batch, CommitFuture, DataKey, Key, Pairs, Read, Store, StoreError, Value};
use crate::outside::Entropy;

/// The format this program writes; it reads this and older ones.
pub const ENCRYPTED_FORMAT: u8 = 1;

/// Holds [`CHECK`], encrypted: which shows whether the data key is the right one. It is nobody else's to read or write.
const CHECK_KEY: &[u8] = b"\0encrypted";
const CHECK: &[u8] = b"dongbo/encrypted-store/1";

const NONCE_BYTES: usize = 24;

/// Wraps a store; what comes out of it and goes into it is plain, what lies in it is not.
pub struct EncryptedStore<S> {
    inner: S,
    cipher: XChaCha20Poly1305,
    entropy: Box<dyn Entropy + Send>,
}

impl<S: Store> EncryptedStore<S> {
    /// Opens an encrypted store, or makes an empty one so. With another key than the store's it is
    /// [`StoreError::WrongKey`], over plain values [`StoreError::NotEncrypted`]; nothing is changed then.
    pub async fn open(mut inner: S, key: &DataKey, entropy: Box<dyn Entropy + Send>) -> Result<Self, StoreError> {
        let cipher = XChaCha20Poly1305::new(key.as_bytes().into());
        let Some(check) = inner.get(CHECK_KEY)? else {
            if !inner.keys(&[], None, 1)?.is_empty() {
                return Err(StoreError::NotEncrypted);
            }
            let mut made = Self { inner, cipher, entropy };
            let mut batch = Batch::wrapped();
            batch.put(CHECK_KEY, made.encrypted(CHECK_KEY, CHECK)?);
            made.inner.commit(batch).await?;
            return Ok(made);
        };
        match check.first().copied() {
            Some(ENCRYPTED_FORMAT) => {}
            Some(found) if found > ENCRYPTED_FORMAT => {
                let (found, supported) = (u32::from(found), u32::from(ENCRYPTED_FORMAT));
                return Err(StoreError::NewerFormat { found, supported });
            }
            _ => return Err(damaged(CHECK_KEY)),
        }
        inner = match decrypted(&cipher, CHECK_KEY, &check) {
            Ok(check) if check == CHECK => inner,
            _ => return Err(StoreError::WrongKey),
        };
        Ok(Self { inner, cipher, entropy })
    }

    /// The same writes as the store within takes them: values encrypted.
    pub fn encrypt(&mut self, batch: Batch) -> Result<Batch, StoreError> {
        batch.check_limits()?;
        let mut encrypted = Batch::wrapping(&batch);
        for (key, write) in batch {
            if key == CHECK_KEY {
                return Err(StoreError::Io { detail: "a key was to be written that is the store's own".into() });
            }
            match write {
                Some(value) => {
                    let value = self.encrypted(&key, &zeroize::Zeroizing::new(value))?;
                    encrypted.put(key, value);
                }
                None => encrypted.delete(key),
            }
        }
        Ok(encrypted)
    }

    fn encrypted(&mut self, key: &[u8], value: &[u8]) -> Result<Value, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let associated = associated(key);
        let payload = Payload { msg: value, aad: &associated };
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload);
        // It fails only over 256 GiB.
        let ciphertext = ciphertext.map_err(|_| StoreError::Io { detail: "a value cannot be encrypted".into() })?;
        Ok([&[ENCRYPTED_FORMAT], &nonce[..], &ciphertext].concat())
    }
}

impl<S> EncryptedStore<S> {
    /// The store within, as it lies on the disk.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The store within, as it lies on the disk. What is to be written to it goes through [`Self::encrypt`].
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn decrypted(&self, key: &[u8], stored: &[u8]) -> Result<Value, StoreError> {
        decrypted(&self.cipher, key, stored)
    }
}

#[cfg(all(feature = "sled", not(target_arch = "wasm32")))]
impl EncryptedStore<super::SledStore> {
    /// As [`SledStore::rewrite`](super::SledStore::rewrite): what was deleted before is in no file afterwards, not even
    /// encrypted.
    pub fn rewrite(mut self, changes: Batch) -> Result<Self, StoreError> {
        let changes = self.encrypt(changes)?;
        Ok(Self { inner: self.inner.rewrite(changes)?, ..self })
    }
}

impl<S: Read> Read for EncryptedStore<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        if key == CHECK_KEY {
            return Ok(None);
        }
        self.inner.get(key)?.map(|stored| self.decrypted(key, &stored)).transpose()
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        let mut pairs = self.inner.scan(prefix, after, with_check(prefix, limit))?;
        pairs.retain(|(key, _)| key != CHECK_KEY);
        pairs.truncate(limit);
        for (key, value) in &mut pairs {
            *value = self.decrypted(key, value)?;
        }
        Ok(pairs)
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        let (key, stored) = match self.inner.last(prefix)? {
            // Hardly ever: there is nothing behind it, so only keys that begin with a zero byte can be before it.
            Some((key, _)) if key == CHECK_KEY => {
                let before = self.keys(prefix, None, usize::MAX)?.pop();
                let Some(key) = before else { return Ok(None) };
                return Ok(self.get(&key)?.map(|value| (key, value)));
            }
            Some(pair) => pair,
            None => return Ok(None),
        };
        let value = self.decrypted(&key, &stored)?;
        Ok(Some((key, value)))
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        let mut keys = self.inner.keys(prefix, after, with_check(prefix, limit))?;
        keys.retain(|key| key != CHECK_KEY);
        keys.truncate(limit);
        Ok(keys)
    }
}

impl<S: Store> Store for EncryptedStore<S> {
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        Box::pin(async move {
            let batch = self.encrypt(batch)?;
            self.inner.commit(batch).await
        })
    }
}

impl<S: std::fmt::Debug> std::fmt::Debug for EncryptedStore<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

/// One more than asked for where the check value may be among them.
fn with_check(prefix: &[u8], limit: usize) -> usize {
    if CHECK_KEY.starts_with(prefix) { limit.saturating_add(1) } else { limit }
}

fn associated(key: &[u8]) -> Vec<u8> {
    [&[ENCRYPTED_FORMAT], key].concat()
}

fn decrypted(cipher: &XChaCha20Poly1305, key: &[u8], stored: &[u8]) -> Result<Value, StoreError> {
    let (nonce, ciphertext) = match stored.split_first() {
        Some((&ENCRYPTED_FORMAT, rest)) => rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| damaged(key))?,
        _ => return Err(damaged(key)),
    };
    let associated = associated(key);
    let payload = Payload { msg: ciphertext, aad: &associated };
    cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| damaged(key))
}

fn damaged(key: &[u8]) -> StoreError {
    StoreError::Corrupt { detail: format!("the value at key {} does not open", hex::encode(key)) }
}
