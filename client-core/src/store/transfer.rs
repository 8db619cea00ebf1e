//! A store as one stream of bytes: backup, compaction (export, then import into a new store) and migration.
//!
//! The stream is `DONGBOKV`, the format (2 bytes), then records, then the end; numbers are big endian.
//!
//! | part | bytes |
//! |---|---|
//! | record | key length (4), value length (4), key, value, checksum (8) |
//! | end | `ffffffff`, number of records (8), checksum of everything before (8) |
//!
//! A checksum is the first 8 bytes of a SHA-256; a record's covers the whole record. Lengths are within the limits of
//! a store, keys ascend.

use std::io;

use sha2::{Digest, Sha256};

use super::{Batch, Key, Read, Store, StoreError, Value};
use crate::limits::{DAMAGED_KEYS_LISTED_MAX, KEY_BYTES_MAX, VALUE_BYTES_ADDED_MAX, VALUE_BYTES_MAX};

const MAGIC: [u8; 8] = *b"DONGBOKV";
const FORMAT: u16 = 1;
const END: u32 = u32::MAX;
const PAGE_KEYS: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;
const BATCH_RECORDS: usize = 1_000;

/// An export or import that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading or writing the stream failed.
    #[error("the export could not be read or written: {0}")]
    Stream(#[from] io::Error),
    /// The stream is no export.
    #[error("this is not an export of a store. Nothing was imported.")]
    NotAnExport,
    /// The stream was written by a newer program.
    #[error(
        "the export has format {found}, this program reads up to {FORMAT}; update the program. Nothing was imported."
    )]
    NewerFormat {
        /// Format found.
        found: u16,
    },
    /// The store to import into holds something.
    #[error("the store is not empty; import into a new one. Nothing was changed.")]
    NotEmpty,
    /// The stream is damaged or cut short.
    #[error("the export is damaged after {records} records; use another copy, or salvage what is readable")]
    Damaged {
        /// Whole records before the damage.
        records: u64,
    },
}

/// What to do about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Stop with an error.
    Stop,
    /// Leave out what is damaged, report it, and go on.
    Salvage,
}

/// What an export or import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransferReport {
    /// Records carried over.
    pub records: u64,
    /// Records left out because they were damaged.
    pub damaged: u64,
    /// Keys of the first of them, where known.
    pub damaged_keys: Vec<Key>,
    /// The rest of the store or stream was unreadable, and how much it held is not known.
    pub rest_lost: bool,
}

impl TransferReport {
    fn add_damaged(&mut self, key: Key) {
        self.damaged += 1;
        if self.damaged_keys.len() < DAMAGED_KEYS_LISTED_MAX {
            self.damaged_keys.push(key);
        }
    }
}

/// Writes everything `store` holds to `out`. Make `out` durable before relying on it.
pub fn export<S: Read + ?Sized>(
    store: &S,
    out: impl io::Write,
    damage: Damage,
) -> Result<TransferReport, TransferError> {
    let mut out = Hashing::new(out);
    let mut report = TransferReport::default();
    out.write(&MAGIC)?;
    out.write(&FORMAT.to_be_bytes())?;
    let mut after: Option<Key> = None;
    loop {
        let keys = match store.keys(&[], after.as_deref(), PAGE_KEYS) {
            Err(StoreError::Corrupt { .. }) if damage == Damage::Salvage => {
                report.rest_lost = true;
                break;
            }
            keys => keys?,
        };
        for key in &keys {
            match store.get(key) {
                Ok(Some(value)) => {
                    out.write(&record(key, &value))?;
                    report.records += 1;
                }
                Ok(None) => {}
                Err(StoreError::Corrupt { .. }) if damage == Damage::Salvage => report.add_damaged(key.clone()),
                Err(error) => return Err(error.into()),
            }
        }
        if keys.len() < PAGE_KEYS {
            break;
        }
        after = keys.into_iter().next_back();
    }
    out.write(&END.to_be_bytes())?;
    out.write(&report.records.to_be_bytes())?;
    let whole = out.checksum();
    out.write(&whole)?;
    out.inner.flush()?;
    Ok(report)
}

/// Reads an export into an empty store. After an error the store holds a part of it: throw it away.
pub async fn import<S: Store + ?Sized>(
    store: &mut S,
    input: impl io::Read,
    damage: Damage,
) -> Result<TransferReport, TransferError> {
    let mut input = Hashing::new(input);
    let mut report = TransferReport::default();
    if input.read_array().map_err(cut_is(TransferError::NotAnExport))? != MAGIC {
        return Err(TransferError::NotAnExport);
    }
    let found = u16::from_be_bytes(input.read_array().map_err(cut_is(TransferError::NotAnExport))?);
    if found > FORMAT {
        return Err(TransferError::NewerFormat { found });
    }
    if !store.keys(&[], None, 1)?.is_empty() {
        return Err(TransferError::NotEmpty);
    }
    let (mut batch, mut batch_bytes) = (Batch::wrapped(), 0);
    loop {
        match input.read_item() {
            Ok(Item::Record(key, value)) => {
                report.records += 1;
                batch_bytes += key.len() + value.len();
                batch.put(key, value);
                if batch_bytes >= BATCH_BYTES || batch.len() >= BATCH_RECORDS {
                    store.commit(std::mem::replace(&mut batch, Batch::wrapped())).await?;
                    batch_bytes = 0;
                }
            }
            Ok(Item::DamagedRecord(key)) if damage == Damage::Salvage => report.add_damaged(key),
            Ok(Item::End { records }) if records == report.records => break,
            Ok(_) | Err(ItemError::Broken) if damage == Damage::Salvage => {
                report.rest_lost = true;
                break;
            }
            Ok(_) | Err(ItemError::Broken) => return Err(TransferError::Damaged { records: report.records }),
            Err(ItemError::Io(error)) => return Err(error.into()),
        }
    }
    store.commit(batch).await?;
    Ok(report)
}

/// Copies everything from one store into another, empty one, batch by batch, as an export and an import would.
#[cfg(all(feature = "sled", not(target_arch = "wasm32")))]
pub(super) fn copy<S: Read, T>(
    from: &S,
    to: &mut T,
    commit: impl Fn(&mut T, Batch) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (mut batch, mut batch_bytes) = (Batch::wrapped(), 0);
    let mut after: Option<Key> = None;
    loop {
        let keys = from.keys(&[], after.as_deref(), PAGE_KEYS)?;
        for key in &keys {
            let Some(value) = from.get(key)? else { continue };
            batch_bytes += key.len() + value.len();
            batch.put(key.clone(), value);
            if batch_bytes >= BATCH_BYTES || batch.len() >= BATCH_RECORDS {
                commit(to, std::mem::replace(&mut batch, Batch::wrapped()))?;
                batch_bytes = 0;
            }
        }
        if keys.len() < PAGE_KEYS {
            return commit(to, batch);
        }
        after = keys.into_iter().next_back();
    }
}

/// Whether two stores hold the same.
#[cfg(all(feature = "sled", not(target_arch = "wasm32")))]
pub(super) fn same(one: &impl Read, other: &impl Read) -> Result<bool, StoreError> {
    let mut after: Option<Key> = None;
    loop {
        let keys = one.keys(&[], after.as_deref(), PAGE_KEYS)?;
        if keys != other.keys(&[], after.as_deref(), PAGE_KEYS)? {
            return Ok(false);
        }
        for key in &keys {
            if one.get(key)? != other.get(key)? {
                return Ok(false);
            }
        }
        if keys.len() < PAGE_KEYS {
            return Ok(true);
        }
        after = keys.into_iter().next_back();
    }
}

fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let lengths = [(key.len() as u32).to_be_bytes(), (value.len() as u32).to_be_bytes()].concat();
    let mut record = [&lengths, key, value].concat();
    let checksum = first_bytes(Sha256::digest(&record));
    record.extend_from_slice(&checksum);
    record
}

fn first_bytes(hash: impl AsRef<[u8]>) -> [u8; 8] {
    let mut checksum = [0; 8];
    checksum.copy_from_slice(&hash.as_ref()[..8]);
    checksum
}

enum Item {
    Record(Key, Value),
    DamagedRecord(Key),
    End { records: u64 },
}

enum ItemError {
    /// Cut short or nonsense: where the next item begins is not known.
    Broken,
    Io(io::Error),
}

impl From<io::Error> for ItemError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Broken,
            _ => Self::Io(error),
        }
    }
}

fn cut_is(cut: TransferError) -> impl FnOnce(io::Error) -> TransferError {
    move |error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut,
        _ => error.into(),
    }
}

/// A stream and the hash of what went through it.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    fn checksum(&self) -> [u8; 8] {
        first_bytes(self.hash.clone().finalize())
    }
}

impl<T: io::Write> Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: io::Read> Hashing<T> {
    fn read_array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.hash.update(bytes);
        Ok(bytes)
    }

    fn read_item(&mut self) -> Result<Item, ItemError> {
        let key_bytes: [u8; 4] = self.read_array()?;
        if u32::from_be_bytes(key_bytes) == END {
            let records = u64::from_be_bytes(self.read_array()?);
            let whole = self.checksum();
            // In a salvaged stream, the damaged records are in the hash as they were read: no match, nothing to do.
            return match self.read_array()? == whole {
                true => Ok(Item::End { records }),
                false => Err(ItemError::Broken),
            };
        }
        let value_bytes: [u8; 4] = self.read_array()?;
        let (key_len, value_len) = (u32::from_be_bytes(key_bytes) as usize, u32::from_be_bytes(value_bytes) as usize);
        if key_len > KEY_BYTES_MAX || value_len > VALUE_BYTES_MAX + VALUE_BYTES_ADDED_MAX {
            return Err(ItemError::Broken);
        }
        let mut rest = vec![0; key_len + value_len];
        self.inner.read_exact(&mut rest)?;
        self.hash.update(&rest);
        let hash = Sha256::new().chain_update(key_bytes).chain_update(value_bytes).chain_update(&rest).finalize();
        let whole = self.read_array()? == first_bytes(hash);
        let value = rest.split_off(key_len);
        Ok(if whole { Item::Record(rest, value) } else { Item::DamagedRecord(rest) })
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::store::MemoryStore;

    fn sample() -> MemoryStore {
        let mut store = MemoryStore::new();
        let mut batch = Batch::new();
        batch.put(*b"", *b"");
        batch.put(*b"a", *b"one");
        batch.put(*b"b\xff", vec![7; 5_000]);
        block_on(store.commit(batch)).unwrap();
        store
    }

    fn exported(store: &dyn Store) -> Vec<u8> {
        let mut out = Vec::new();
        export(store, &mut out, Damage::Stop).unwrap();
        out
    }

    #[test]
    fn golden_sample() {
        let mut store = MemoryStore::new();
        let mut batch = Batch::new();
        batch.put(*b"k", *b"v");
        block_on(store.commit(batch)).unwrap();
        assert_eq!(hex::encode(exported(&store)), GOLDEN);
    }

    const GOLDEN: &str =
        "444f4e47424f4b56000100000001000000016b76421a32b2330e1ea4ffffffff000000000000000109ae0d7481e18853";

    #[test]
    fn what_goes_out_comes_in_again() {
        let mut back = MemoryStore::new();
        let report = block_on(import(&mut back, &exported(&sample())[..], Damage::Stop)).unwrap();
        assert_eq!((report.records, back), (3, sample()));
    }

    #[test]
    fn many_records_take_many_batches() {
        let mut store = MemoryStore::new();
        let mut batch = Batch::new();
        for number in 0..3_000_u16 {
            batch.put(number.to_be_bytes(), number.to_le_bytes());
        }
        block_on(store.commit(batch)).unwrap();
        let mut back = MemoryStore::new();
        block_on(import(&mut back, &exported(&store)[..], Damage::Stop)).unwrap();
        assert_eq!(back, store);
    }

    #[test]
    fn any_damage_is_noticed() {
        let whole = exported(&sample());
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            block_on(import(&mut MemoryStore::new(), &flipped[..], Damage::Stop)).unwrap_err();
            block_on(import(&mut MemoryStore::new(), &whole[..at], Damage::Stop)).unwrap_err();
        }
    }

    #[test]
    fn salvage_leaves_out_what_is_damaged() {
        let mut stream = exported(&sample());
        let at = stream.windows(3).position(|window| window == b"one").unwrap();
        stream[at] ^= 1;
        let mut back = MemoryStore::new();
        let report = block_on(import(&mut back, &stream[..], Damage::Salvage)).unwrap();
        assert_eq!((report.records, report.damaged, report.damaged_keys), (2, 1, vec![b"a".to_vec()]));
        assert_eq!(back.get(b"a"), Ok(None));
        assert_eq!(back.len(), 2);
    }

    #[test]
    fn an_import_needs_an_empty_store_and_a_format_it_knows() {
        let mut stream = exported(&sample());
        assert!(matches!(block_on(import(&mut sample(), &stream[..], Damage::Stop)), Err(TransferError::NotEmpty)));
        stream[9] = 2;
        let newer = block_on(import(&mut MemoryStore::new(), &stream[..], Damage::Stop));
        assert!(matches!(newer, Err(TransferError::NewerFormat { found: 2 })));
        let other = block_on(import(&mut MemoryStore::new(), &b"something else"[..], Damage::Stop));
        assert!(matches!(other, Err(TransferError::NotAnExport)));
    }
}
