//! A copy of sled's files while sled opens them. Where sled finds damage, it overwrites all of the log behind it; with
//! the copy, a failed opening leaves the store as it was.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::directory::sync;

/// A whole copy, in the store's directory. It exists only while the store is being opened, after an opening that
/// crashed, and after one for salvage.
pub(super) const COPY: &str = "before-open";
pub(super) const COPY_UNFINISHED: &str = "before-open.unfinished";

#[derive(Debug)]
pub(super) struct Original {
    store: PathBuf,
}

impl Original {
    /// Copies the files of a store of at most `bytes_max`. `None`: there is nothing to copy, it is too large, or the
    /// disk has no room; opening must be possible all the same.
    pub(super) fn keep(store: &Path, bytes_max: u64) -> Option<Self> {
        let original = Self { store: store.to_path_buf() };
        // A copy that is already there is from before sled touched anything: no commit came after it.
        if original.copy().exists() {
            return Some(original);
        }
        let files = sled_files(store).ok()?;
        let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        if bytes == 0 || bytes > bytes_max {
            return None;
        }
        original.copy_all(&files).map_err(|_| fs::remove_dir_all(store.join(COPY_UNFINISHED))).ok()?;
        Some(original)
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
