//! A note of sled's files as they were when the store was closed. Those that are still the same, byte for byte, are opened
//! without a copy of them ([`super::original`]): what sled closed holds no damage for it to find.
//!
//! The note needs no durability of its own. Without it, with a torn one, or when anything differs, a copy is made.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::original::sled_files;

const CLOSED: &str = "closed";
/// Read at a time.
const PART_BYTES: usize = 1 << 18;

/// Notes the files of a store that sled has just closed; files of more than `bytes_max` are left without a note.
pub(super) fn note(store: &Path, bytes_max: u64) -> io::Result<()> {
    let files = sled_files(store)?;
    let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
    if bytes <= bytes_max { fs::write(store.join(CLOSED), written(files)?) } else { Ok(()) }
}

/// Whether the files are those that were noted. An error on the way means that nobody knows.
pub(super) fn is_unchanged(store: &Path) -> bool {
    let Ok(noted) = fs::read_to_string(store.join(CLOSED)) else { return false };
    sled_files(store).and_then(written).is_ok_and(|found| found == noted)
}

/// Name, length and CRC-32 of each file, a line each.
fn written(mut files: Vec<PathBuf>) -> io::Result<String> {
    files.sort();
    let mut lines = String::new();
    let mut part = vec![0; PART_BYTES];
    for file in files {
        let (mut open, mut sum, mut bytes) = (File::open(&file)?, crc32fast::Hasher::new(), 0);
        loop {
            let read = open.read(&mut part)?;
            if read == 0 {
                break;
            }
            sum.update(&part[..read]);
            bytes += read;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(lines, "{name} {bytes} {:08x}", sum.finalize());
    }
    Ok(lines)
}
