//! Writing a store anew. sled keeps old pages in its file for as long as it likes, so what was deleted is gone from the
//! disk only once everything that is left lies in new files and the old ones are removed.
//!
//! All of it happens within the store's directory and under its lock. The new files are made in `rewriting`; renaming
//! that to `rewritten` is the moment from which they count. Whatever a kill leaves behind, the next opening undoes
//! (before that moment) or finishes (after it).

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::{
    OpenDb, SledStore,
    directory::{ACKNOWLEDGED, Acknowledged, LOCK, sync},
    failure::from_io,
    original::{COPY, COPY_UNFINISHED, sled_files},
};
use crate::store::{Batch, StoreError, transfer};

/// New files, not yet whole.
const WRITING: &str = "rewriting";
/// New files, whole and compared with the old ones, which are to be removed.
const WRITTEN: &str = "rewritten";
/// New files that take the old ones' place, which are removed.
const MOVING: &str = "rewritten.moving";

impl SledStore {
    /// Writes everything that is left into new files, with `changes` on top, and removes the old files: what was deleted
    /// before is in none of them. Either all of it is done or the store stays as it was.
    pub fn rewrite(mut self, changes: Batch) -> Result<Self, StoreError> {
        self.write_anew(changes)?;
        // Closed before its files go.
        self.open = Err(StoreError::Io { detail: "the store is being rewritten".into() });
        finish(&self.path).map_err(from_io)?;
        self.acknowledged = Acknowledged::open(&self.path)?;
        self.open = Ok(OpenDb::open(&self.path, &self.options, &self.acknowledged)?);
        Ok(self)
    }

    /// Up to and with the moment from which the new files count.
    fn write_anew(&self, changes: Batch) -> Result<(), StoreError> {
        let writing = self.path.join(WRITING);
        remove(&writing).map_err(from_io)?;
        let mut anew = Self::open(&writing, self.options.clone())?;
        transfer::copy(self, &mut anew, |anew, batch| anew.commit_now(batch))?;
        if !transfer::same(self, &anew)? {
            return Err(StoreError::Corrupt { detail: "the rewritten store differs from the store".into() });
        }
        anew.commit_now(changes)?;
        drop(anew);
        for entry in fs::read_dir(&writing).map_err(from_io)? {
            let path = entry.map_err(from_io)?.path();
            if path.is_file() {
                File::open(path).and_then(|file| file.sync_all()).map_err(from_io)?;
            }
        }
        sync(&writing).map_err(from_io)?;
        fs::rename(&writing, self.path.join(WRITTEN)).map_err(from_io)?;
        sync(&self.path).map_err(from_io)
    }
}

/// Undoes or finishes a rewriting that was cut short. The lock must be held and sled closed.
pub(super) fn finish(store: &Path) -> io::Result<()> {
    remove(&store.join(WRITING))?;
    let (written, moving) = (store.join(WRITTEN), store.join(MOVING));
    if written.exists() {
        for old in sled_files(store)? {
            fs::remove_file(old)?;
        }
        for old in ["blobs", COPY, COPY_UNFINISHED, ACKNOWLEDGED] {
            remove(&store.join(old))?;
        }
        sync(store)?;
        fs::rename(&written, &moving)?;
        sync(store)?;
    }
    if moving.exists() {
        for entry in fs::read_dir(&moving)? {
            let path = entry?.path();
            match path.file_name() {
                Some(name) if name != LOCK => fs::rename(&path, store.join(name))?,
                _ => fs::remove_file(&path)?,
            }
        }
        sync(store)?;
        fs::remove_dir(&moving)?;
        sync(store)?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::store::{Read as _, SledOptions, Store as _};

    const SECRET: &[u8] = "Bà Trịnh Thị Ngọc Hoàn ở ấp Phước Tân".as_bytes();

    fn store(path: &Path) -> SledStore {
        let mut store = SledStore::open(path, SledOptions::default()).unwrap();
        for number in 0..40_u8 {
            let mut batch = Batch::new();
            batch.put([number], vec![number; 6_000]);
            batch.put(*b"secret", [SECRET, &[number]].concat());
            block_on(store.commit(batch)).unwrap();
        }
        let mut batch = Batch::new();
        batch.delete(*b"secret");
        block_on(store.commit(batch)).unwrap();
        store
    }

    fn noted() -> Batch {
        let mut batch = Batch::new();
        batch.put(*b"noted", *b"yes");
        batch
    }

    fn holds_secret(path: &Path) -> bool {
        fs::read_dir(path).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => holds_secret(&path),
                false => fs::read(path).unwrap().windows(SECRET.len()).any(|window| window == SECRET),
            }
        })
    }

    fn check(store: &SledStore, is_noted: bool) {
        assert_eq!(store.get(b"noted").unwrap().is_some(), is_noted);
        assert_eq!(store.get(b"secret"), Ok(None));
        for number in 0..40_u8 {
            assert_eq!(store.get(&[number]).unwrap(), Some(vec![number; 6_000]));
        }
    }

    #[test]
    fn what_was_deleted_is_in_no_file_afterwards() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let store = store(&path);
        assert!(holds_secret(&path));
        let mut store = store.rewrite(noted()).unwrap();
        check(&store, true);
        block_on(store.commit(noted())).unwrap();
        drop(store);
        assert!(!holds_secret(directory.path()));
        let mut names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| !name.to_string_lossy().starts_with("snap."));
        names.sort();
        assert!(["acknowledged", "conf", "db", "lock"].iter().all(|name| names.iter().any(|found| found == name)));
        assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("rewrit")));
        check(&SledStore::open(&path, SledOptions::default()).unwrap(), true);
    }

    #[test]
    fn a_rewriting_cut_before_it_counts_is_undone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        drop(store(&path));
        fs::create_dir(path.join(WRITING)).unwrap();
        fs::write(path.join(WRITING).join("db"), b"half").unwrap();
        check(&SledStore::open(&path, SledOptions::default()).unwrap(), false);
        assert!(!path.join(WRITING).exists());
    }

    /// Every step of finishing, in order, cut after each.
    #[test]
    fn a_rewriting_cut_after_it_counts_is_finished() {
        for steps in 0..8 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("store");
            let store = store(&path);
            store.write_anew(noted()).unwrap();
            drop(store);
            cut_after(&path, steps);
            check(&SledStore::open(&path, SledOptions::default()).unwrap(), true);
            assert!(!holds_secret(directory.path()), "cut after {steps}");
        }
    }

    /// Does the first `steps` file operations of [`finish`].
    fn cut_after(path: &Path, steps: usize) {
        let (written, moving) = (path.join(WRITTEN), path.join(MOVING));
        let mut old = sled_files(path).unwrap();
        old.push(path.join(ACKNOWLEDGED));
        old.sort();
        let old_count = old.len();
        for old in old.into_iter().take(steps) {
            fs::remove_file(old).unwrap();
        }
        if steps <= old_count {
            return;
        }
        fs::rename(&written, &moving).unwrap();
        let mut new: Vec<_> = fs::read_dir(&moving).unwrap().map(|entry| entry.unwrap().path()).collect();
        new.retain(|new| new.is_file() && new.file_name().is_some_and(|name| name != LOCK));
        new.sort();
        for new in new.into_iter().take(steps - old_count - 1) {
            fs::rename(&new, path.join(new.file_name().unwrap())).unwrap();
        }
    }
}
