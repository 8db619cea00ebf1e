//! The embedded store for native devices and hubs: sled 0.34 under the rules of `docs/decisions/0001-sled-rules.md`.
//!
//! A store is a directory: sled's own files, `lock` (held while the store is open) and `acknowledged` (the number of
//! the last commit that was acknowledged, which shows when sled has fallen back behind it) and `closed` (sled's files as
//! they were when it was closed); while sled opens files that are not as it closed them, a copy of them lies in
//! `before-open`, and while the store is written anew the new files lie in `rewriting`.

mod closed;
mod directory;
mod failure;
mod greatest;
mod layout;
mod original;
mod rewrite;
mod room;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    ops::{Bound, Deref},
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use self::{
    directory::{Acknowledged, Lock},
    failure::{from_io, from_sled, guarded},
    greatest::greatest,
    original::Original,
};
use super::{Batch, CommitFuture, Key, Pairs, Read, Store, StoreError, Value, VerifyReport, key_range};

pub use self::directory::quarantine;

/// The format this program writes; it reads this and older ones.
const FORMAT: u32 = 1;

/// How a [`SledStore`] is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SledOptions {
    cache_bytes: u64,
    copy_bytes_max: u64,
    salvage: bool,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, copy_bytes_max: 256 << 20, salvage: false }
    }
}

impl SledOptions {
    /// Memory for sled's page cache: 64 MiB unless told; take less on a phone.
    pub fn cache_bytes(self, cache_bytes: u64) -> Self {
        Self { cache_bytes, ..self }
    }

    /// The largest store that is copied while sled opens it, unless it is as sled closed it, so that a damaged one stays as it
    /// was found: 256 MiB unless told. A hub with a larger one relies on its backups.
    pub fn copy_bytes_max(self, copy_bytes_max: u64) -> Self {
        Self { copy_bytes_max, ..self }
    }

    /// Opens, for reading only, even a store that has lost acknowledged commits, so that what it holds can be exported.
    pub fn salvage(self) -> Self {
        Self { salvage: true, ..self }
    }
}

/// A durable store in a directory of its own.
#[derive(Debug)]
pub struct SledStore {
    path: PathBuf,
    options: SledOptions,
    acknowledged: Acknowledged,
    /// Between a failed commit and a successful reopening: why it does not open.
    open: Result<OpenDb, StoreError>,
    // Dropped last: whoever gets the lock finds sled closed.
    _lock: Lock,
}

impl SledStore {
    /// Opens the store at `path`, or makes one there. When it fails, the store stays as it was (up to
    /// [`copy_bytes_max`](SledOptions::copy_bytes_max)). A damaged store can be opened for [`salvage`](SledOptions::salvage), or set aside with [`quarantine`].
    pub fn open(path: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let lock = Lock::take(path)?;
        rewrite::finish(path).map_err(from_io)?;
        let acknowledged = Acknowledged::open(path)?;
        let open = OpenDb::open(path, &options, &acknowledged)?;
        Ok(Self { path: path.to_path_buf(), options, acknowledged, open: Ok(open), _lock: lock })
    }

    /// Bytes of all files of the store.
    pub fn size_on_disk_bytes(&self) -> Result<u64, StoreError> {
        directory::size_bytes(&self.path).map_err(from_io)
    }

    /// Reads every value and lists those that are damaged.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        super::verify(self)
    }

    fn db(&self) -> Result<&sled::Db, StoreError> {
        self.open.as_ref().map(|open| &*open.db).map_err(Clone::clone)
    }

    fn commit_now(&mut self, batch: Batch) -> Result<(), StoreError> {
        batch.check_limits()?;
        if self.options.salvage {
            return Err(StoreError::Corrupt { detail: "the store was opened to salvage what is readable".into() });
        }
        if self.open.is_err() {
            self.reopen();
        }
        let open = self.open.as_mut().map_err(|error| error.clone())?;
        if batch.is_empty() {
            return Ok(());
        }
        // Refused before sled is touched: the store stays open and readable.
        room::for_commit(&open.file, &batch)?;
        match open.commit(&batch) {
            Ok(number) => {
                // Durable by now. The note only helps to notice a later fall-back, so that failing to keep it does
                // not fail the commit.
                let _ = self.acknowledged.note(number);
                Ok(())
            }
            Err(error) => Err(self.after_failure(&batch, error)),
        }
    }

    fn reopen(&mut self) {
        self.open = OpenDb::open(&self.path, &self.options, &self.acknowledged);
    }

    /// After a failed write, sled's memory may hold what its file does not: read the file anew.
    fn after_failure(&mut self, batch: &Batch, error: StoreError) -> StoreError {
        // Closed first: sled opens a file once.
        self.open = Err(error.clone());
        self.reopen();
        let applied = batch.iter().all(|(key, write)| self.get(key).is_ok_and(|value| value.as_ref() == write));
        match error {
            StoreError::DiskFull if applied => StoreError::Io { detail: "the disk became full while saving".into() },
            other => other,
        }
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        let Ok(open) = &mut self.open else { return };
        if open.db.close() && !self.options.salvage {
            // Without the note the next opening takes a copy.
            let _ = closed::note(&self.path, self.options.copy_bytes_max);
        }
    }
}

impl Read for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        let db = self.db()?;
        guarded(|| match db.get(layout::head_key(key)).map_err(from_sled)? {
            Some(head) => layout::read(db, key, &head).map(Some),
            None => Ok(None),
        })
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Pairs, StoreError> {
        let db = self.db()?;
        let Some(range) = head_range(prefix, after) else { return Ok(Vec::new()) };
        guarded(|| db.range::<Key, _>(range).take(limit).map(|pair| read_pair(db, pair)).collect())
    }

    fn last(&self, prefix: &[u8]) -> Result<Option<(Key, Value)>, StoreError> {
        let db = self.db()?;
        let key = guarded(|| {
            let Some((Bound::Included(from), Bound::Excluded(to))) = head_range(prefix, None) else { return Ok(None) };
            greatest(db, from, to)
        })?;
        let Some(key) = key.map(|key| layout::user_key(&key)) else { return Ok(None) };
        Ok(self.get(&key)?.map(|value| (key, value)))
    }

    fn keys(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Key>, StoreError> {
        let db = self.db()?;
        let Some(range) = head_range(prefix, after) else { return Ok(Vec::new()) };
        let key = |pair: sled::Result<(sled::IVec, sled::IVec)>| Ok(layout::user_key(&pair.map_err(from_sled)?.0));
        guarded(|| db.range::<Key, _>(range).take(limit).map(key).collect())
    }
}

impl Store for SledStore {
    /// Blocks the thread that polls it until the disk has the batch. After a failed commit the store reads its file
    /// anew; where that fails too, as on a full disk, reads fail until a later commit, which may be empty, succeeds.
    fn commit(&mut self, batch: Batch) -> CommitFuture<'_> {
        Box::pin(async move { self.commit_now(batch) })
    }
}

fn read_pair(db: &sled::Db, pair: sled::Result<(sled::IVec, sled::IVec)>) -> Result<(Key, Value), StoreError> {
    let (head_key, head) = pair.map_err(from_sled)?;
    let key = layout::user_key(&head_key);
    let value = layout::read(db, &key, &head)?;
    Ok((key, value))
}

fn head_range(prefix: &[u8], after: Option<&[u8]>) -> Option<(Bound<Key>, Bound<Key>)> {
    key_range(&layout::head_key(prefix), after.map(layout::head_key).as_deref())
}

/// sled and the file whose `fdatasync` makes its log durable.
#[derive(Debug)]
struct OpenDb {
    db: Closing,
    file: File,
    /// Number of the last commit in the log.
    commits: u64,
}

impl OpenDb {
    fn open(path: &Path, options: &SledOptions, acknowledged: &Acknowledged) -> Result<Self, StoreError> {
        original::remove_unfinished(path).map_err(from_io)?;
        let original = Original::keep(path, options)?;
        let opened = guarded(|| Self::open_checked(path, options, acknowledged));
        match (original, &opened) {
            (Some(original), Ok(_)) if !options.salvage => original.discard().map_err(from_io)?,
            (Some(original), Err(StoreError::Corrupt { .. })) => original.restore().map_err(from_io)?,
            // After salvage the copy stays, for the next attempt; after another error sled may not have closed.
            _ => {}
        }
        directory::sync(path).map_err(from_io)?;
        opened
    }

    fn open_checked(path: &Path, options: &SledOptions, acknowledged: &Acknowledged) -> Result<Self, StoreError> {
        let db = Closing { db: Some(open_sled(path, options.cache_bytes)?) };
        let file = File::options().read(true).write(true).open(path.join("db")).map_err(from_io)?;
        let mut open = Self { db, file, commits: 0 };
        open.check_format()?;
        open.commits = open.read_number(layout::COMMITS_KEY)?.unwrap_or(0);
        match acknowledged.number() {
            noted if noted > open.commits && !options.salvage => {
                let missing = noted - open.commits;
                Err(StoreError::Corrupt { detail: format!("the last {missing} saved steps are missing") })
            }
            _ => Ok(open),
        }
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let Some(found) = self.read_number(layout::FORMAT_KEY)? else {
            return match self.db.is_empty() {
                true => Ok(()),
                false => Err(StoreError::Corrupt { detail: "the format version is missing".into() }),
            };
        };
        match u32::try_from(found) {
            Ok(found) if found > FORMAT => Err(StoreError::NewerFormat { found, supported: FORMAT }),
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Corrupt { detail: "the format version is damaged".into() }),
        }
    }

    fn read_number(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        let stored = self.db.get(key).map_err(from_sled)?;
        stored.map(|stored| layout::read_number(key, &stored)).transpose()
    }

    /// Applies the batch as one sled batch on one tree, and makes it durable. Returns its number.
    fn commit(&mut self, batch: &Batch) -> Result<u64, StoreError> {
        let number = self.commits + 1;
        guarded(|| {
            let mut writes = sled::Batch::default();
            let mut chunks = layout::Chunks::new(&self.db);
            for (key, write) in batch.iter() {
                layout::write(&mut chunks, &mut writes, key, write.map(Vec::as_slice))?;
            }
            writes.insert(layout::FORMAT_KEY, layout::number(layout::FORMAT_KEY, u64::from(FORMAT)));
            writes.insert(layout::COMMITS_KEY, layout::number(layout::COMMITS_KEY, number));
            self.db.apply_batch(writes).map_err(from_sled)?;
            self.db.flush().map_err(from_sled)?;
            // sled's flush is `sync_file_range` on Linux: it syncs neither the file's length nor the disk's cache.
            self.file.sync_data().map_err(from_io)
        })?;
        self.commits = number;
        Ok(number)
    }
}

/// sled, closed without hanging.
#[derive(Debug)]
struct Closing {
    db: Option<sled::Db>,
}

impl Deref for Closing {
    type Target = sled::Db;

    fn deref(&self) -> &sled::Db {
        self.db.as_ref().expect("it is taken only when it is closed for good")
    }
}

impl Closing {
    /// Closes sled, and says whether it is closed. sled waits for its background thread for ever, even if damage has made that
    /// thread panic: close it on a thread that can be left behind. sled's own lock then keeps the file from being opened twice.
    fn close(&mut self) -> bool {
        let Some(db) = self.db.take() else { return true };
        let (done, closed) = mpsc::channel();
        // Without a thread, the closure and sled with it are dropped here.
        let closing = std::thread::Builder::new().spawn(move || {
            drop(db);
            let _ = done.send(());
        });
        drop(closing);
        closed.recv_timeout(CLOSE_WAIT_MAX).is_ok()
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.close();
    }
}

const CLOSE_WAIT_MAX: Duration = Duration::from_secs(10);

fn open_sled(path: &Path, cache_bytes: u64) -> Result<sled::Db, StoreError> {
    // The log flusher stays on: it is also sled's garbage collector. Segment size and compression are sled's defaults
    // and must stay so: sled refuses to open a file made with others.
    let config = sled::Config::new().path(path).cache_capacity(cache_bytes).mode(sled::Mode::HighThroughput);
    for _ in 0..SLED_LOCK_TRIES {
        match config.open() {
            // We hold our own lock; this is a sled that is still closing, or another program.
            Err(sled::Error::Io(error)) if failure::is_lock_held(&error) => std::thread::sleep(SLED_LOCK_WAIT),
            Err(error) => return Err(failure::from_open(error)),
            Ok(db) => return Ok(db),
        }
    }
    Err(StoreError::AlreadyOpen { path: path.display().to_string() })
}

const SLED_LOCK_TRIES: u32 = 40;
const SLED_LOCK_WAIT: Duration = Duration::from_millis(50);
