//! Room on the disk, made sure of before sled writes: a write that fails half-way can leave its log unreadable.
//!
//! Blocks behind the end of the file `db` are reserved, so that whoever fills the disk takes none of those that the next
//! commit needs. Where the file system cannot reserve, free space is looked at instead.

use std::{fs::File, path::Path};

use super::failure::from_io;
use crate::store::{Batch, StoreError};

/// What sled may write beside the batch itself: pages it merges, moves, or begins.
const BESIDE_BYTES: u64 = 2 << 20;
/// What only [urgent](Batch::urgent) batches may use.
const LAST_BYTES: u64 = 2 << 20;
/// Reserved at a time, so that few commits have to.
const STEP_BYTES: u64 = 4 << 20;
/// A batch's pages are written with their neighbours' values, and perhaps merged soon after.
const TIMES: u64 = 4;

/// Makes sure of room behind the end of `db` for this batch and what it entails, or says that the disk is full.
pub(super) fn for_commit(db: &File, batch: &Batch) -> Result<(), StoreError> {
    let last = if batch.is_urgent() { 0 } else { LAST_BYTES };
    reserve(db, BESIDE_BYTES + last + TIMES * batch.bytes())
}

/// Whether sled may open a store of which no copy could be made: it writes while it opens.
pub(super) fn to_open(store: &Path) -> Result<(), StoreError> {
    let free = free_bytes(&File::open(store).map_err(from_io)?)?;
    if free.is_some_and(|free| free < BESIDE_BYTES + LAST_BYTES) { Err(StoreError::DiskFull) } else { Ok(()) }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn reserve(db: &File, bytes: u64) -> Result<(), StoreError> {
    use rustix::{
        fs::{FallocateFlags, fallocate},
        io::Errno,
    };
    use std::os::unix::fs::MetadataExt as _;

    /// In which `st_blocks` counts, whatever the file system's own size is.
    const BLOCK_BYTES: u64 = 512;

    let file = db.metadata().map_err(from_io)?;
    let end = file.len() + bytes;
    if file.blocks() * BLOCK_BYTES >= end {
        return Ok(());
    }
    let reserve_to = |end| fallocate(db, FallocateFlags::KEEP_SIZE, 0, end);
    // On a disk that is nearly full the step may not fit where the batch does.
    match reserve_to(end + STEP_BYTES).or_else(|_| reserve_to(end)) {
        Ok(()) => Ok(()),
        Err(Errno::NOSPC | Errno::DQUOT) => Err(StoreError::DiskFull),
        Err(_) => look_at(db, bytes),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn reserve(db: &File, bytes: u64) -> Result<(), StoreError> {
    look_at(db, bytes)
}

fn look_at(file: &File, bytes: u64) -> Result<(), StoreError> {
    if free_bytes(file)?.is_some_and(|free| free < bytes) { Err(StoreError::DiskFull) } else { Ok(()) }
}

/// Free space for this user on the disk of a file; `None` where nothing says.
#[cfg(unix)]
fn free_bytes(file: &File) -> Result<Option<u64>, StoreError> {
    let disk = rustix::fs::fstatvfs(file).map_err(|error| from_io(error.into()))?;
    Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
}

#[cfg(not(unix))]
fn free_bytes(_: &File) -> Result<Option<u64>, StoreError> {
    Ok(None)
}
