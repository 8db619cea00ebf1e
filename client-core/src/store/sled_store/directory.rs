//! The files beside sled's: the lock, the number of the last acknowledged commit; and setting a store aside.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Seek, Write},
    path::{Path, PathBuf},
};

use super::{failure::from_io, layout};
use crate::store::StoreError;

/// The name of the lock file.
pub(super) const LOCK: &str = "lock";

/// Held while a store is open; the system releases it however the process ends. sled takes none on Android and iOS.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(from_io)?;
        let file = open(&path.join(LOCK)).map_err(from_io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::AlreadyOpen { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(from_io(error)),
        }
    }
}

impl Drop for Lock {
    /// Closing the file is not enough: a program that is just being started has inherited it, and would hold the lock on.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// The number of the last acknowledged commit, noted without a sync of its own: after a power cut it may lag behind
/// the log, but it is never ahead of a log that is whole.
#[derive(Debug)]
pub(super) struct Acknowledged {
    file: File,
    number: u64,
}

pub(super) const ACKNOWLEDGED: &str = "acknowledged";

impl Acknowledged {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = open(&path.join(ACKNOWLEDGED)).map_err(from_io)?;
        let mut stored = Vec::new();
        (&file).take(64).read_to_end(&mut stored).map_err(from_io)?;
        // A torn note says nothing.
        let number = layout::read_number(ACKNOWLEDGED.as_bytes(), &stored).unwrap_or(0);
        Ok(Self { file, number })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn note(&mut self, number: u64) -> io::Result<()> {
        self.number = number;
        self.file.rewind()?;
        self.file.write_all(&layout::number(ACKNOWLEDGED.as_bytes(), number))
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Makes new files' names durable.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// Bytes of all files in a directory and those below it.
pub(super) fn size_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        bytes += match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_bytes(&entry.path())?,
            Ok(metadata) => metadata.len(),
            // sled removes files in the background.
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
    }
    Ok(bytes)
}

/// Sets a damaged store aside as `<name>.corrupt-<n>`, whole, and returns where it lies now. Only this function moves
/// a store; opening one never does.
pub fn quarantine(path: &Path) -> Result<PathBuf, StoreError> {
    let _lock = Lock::take(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut free = (1..=QUARANTINED_MAX).map(|number| path.with_file_name(format!("{name}.corrupt-{number}")));
    let Some(aside) = free.find(|aside| !aside.exists()) else {
        let detail = format!("{QUARANTINED_MAX} damaged stores lie there already; move them elsewhere");
        return Err(StoreError::Io { detail });
    };
    fs::rename(path, &aside).map_err(from_io)?;
    sync(&aside).map_err(from_io)?;
    Ok(aside)
}

const QUARANTINED_MAX: u32 = 100;
