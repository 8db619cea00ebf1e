//! A copy of sled's files while sled opens them. Where sled finds damage, it overwrites all of the log behind it; with
//! the copy, a failed opening leaves the store as it was.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{SledOptions, closed, directory::sync, room};
use crate::store::StoreError;

/// A whole copy, in the store's directory. It exists only while the store is being opened, after an opening that
/// crashed, and after one for salvage.
pub(super) const COPY: &str = "before-open";
pub(super) const COPY_UNFINISHED: &str = "before-open.unfinished";

#[derive(Debug)]
pub(super) struct Original {
    store: PathBuf,
}

impl Original {
    /// Copies the files of a store of at most [`copy_bytes_max`](SledOptions::copy_bytes_max). `None`: there is nothing to
    /// copy, it is as sled closed it, it is too large, or the disk has no room for a copy; opening must be possible all
    /// the same, unless the disk is so full that it could harm.
    pub(super) fn keep(store: &Path, options: &SledOptions) -> Result<Option<Self>, StoreError> {
        let original = Self { store: store.to_path_buf() };
        // A copy that is already there is from before sled touched anything: no commit came after it.
        if original.copy().exists() {
            return Ok(Some(original));
        }
        let Ok(files) = sled_files(store) else { return Ok(None) };
        let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        if bytes == 0 {
            return Ok(None);
        }
        // After salvage it serves the next attempt, whatever sled made of the files.
        let is_wanted = options.salvage || !closed::is_unchanged(store);
        if is_wanted && bytes <= options.copy_bytes_max {
            if original.copy_all(&files).is_ok() {
                return Ok(Some(original));
            }
            // Gone or not: what counts is the room that is left.
            let _ = fs::remove_dir_all(store.join(COPY_UNFINISHED));
        }
        room::to_open(store)?;
        Ok(None)
    }

    fn copy_all(&self, files: &[PathBuf]) -> io::Result<()> {
        let unfinished = self.store.join(COPY_UNFINISHED);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        fs::create_dir(&unfinished)?;
        for file in files {
            let copy = unfinished.join(file.file_name().unwrap_or_default());
            fs::copy(file, &copy)?;
            fs::File::open(&copy)?.sync_all()?;
        }
        fs::rename(unfinished, self.copy())
    }

    /// Puts the files back as they were.
    pub(super) fn restore(self) -> io::Result<()> {
        for changed in sled_files(&self.store)? {
            fs::remove_file(changed)?;
        }
        for copied in sled_files(&self.copy())? {
            fs::copy(&copied, self.store.join(copied.file_name().unwrap_or_default()))?;
        }
        self.discard()
    }

    /// Drops the copy, durably, before anything newer is written: it must never come back.
    pub(super) fn discard(self) -> io::Result<()> {
        for file in sled_files(&self.store)? {
            fs::File::open(file)?.sync_all()?;
        }
        fs::rename(self.copy(), self.store.join(COPY_UNFINISHED))?;
        sync(&self.store)?;
        fs::remove_dir_all(self.store.join(COPY_UNFINISHED))
    }

    fn copy(&self) -> PathBuf {
        self.store.join(COPY)
    }
}

/// Removes what sled left half written at a kill or on a full disk, and would take for damage: it makes both again.
pub(super) fn remove_unfinished(store: &Path) -> io::Result<()> {
    for file in sled_files(store)? {
        // The newest file named like a snapshot counts, unfinished or not.
        if file.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(file)?;
        }
    }
    // Written, not in one step, when a store is made; nothing of it is in a store without a log.
    let conf = store.join("conf");
    if conf.exists() && fs::metadata(store.join("db")).map_or(0, |db| db.len()) == 0 {
        fs::remove_file(conf)?;
    }
    Ok(())
}

/// sled's own files.
pub(super) fn sled_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "db" || name == "conf" || name.starts_with("snap.") {
            files.push(path);
        }
    }
    Ok(files)
}
