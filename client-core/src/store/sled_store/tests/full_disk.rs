//! Stores on a file system that others fill: nothing acknowledged is lost, and what cannot be saved is refused before sled
//! is touched. It takes the right to mount one.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use pollster::block_on;

use super::super::*;

/// A file system of its own, in memory.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, bytes: u64) -> Option<Self> {
        let options = format!("size={bytes}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "dongbo-test"]).arg(at).output();
        done.is_ok_and(|done| done.status.success()).then(|| Self(at.to_path_buf()))
    }

    /// Somebody else's photos, up to the last block but `spare`.
    fn fill(&self, spare: u64) {
        let filler = self.0.join("ảnh.jpg");
        let mut file = File::create(&filler).unwrap();
        while file.write_all(&[0x5a; 4096]).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(spare)).unwrap();
    }

    fn tidy(&self) {
        fs::remove_file(self.0.join("ảnh.jpg")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

fn batch(number: u32) -> Batch {
    let mut batch = Batch::new();
    for part in 0..5_u32 {
        batch.put([number.to_be_bytes(), part.to_be_bytes()].concat(), vec![number as u8; 300 + 700 * part as usize]);
    }
    batch
}

fn assert_whole(store: &SledStore, commits: u32, round: u32) {
    for number in 0..commits {
        for (key, value) in batch(number).iter() {
            assert_eq!(store.get(key).unwrap().as_ref(), value, "commit {number} of {commits}, round {round}");
        }
    }
}

#[test]
fn a_disk_that_others_fill_loses_nothing_acknowledged() {
    for round in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let Some(disk) = Disk::mount(dir.path(), 40 << 20) else {
            eprintln!("SKIPPED: no file system could be mounted (that takes root), so none was full");
            return;
        };
        let path = dir.path().join("store");
        let mut store = SledStore::open(&path, SledOptions::default()).unwrap();
        let mut commits = 0;
        for _ in 0..=round {
            block_on(store.commit(batch(commits))).unwrap();
            commits += 1;
        }
        disk.fill(u64::from(round) * 300_000);
        let refused = loop {
            match block_on(store.commit(batch(commits))) {
                Ok(()) => commits += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(refused, StoreError::DiskFull);
        // It goes on answering, and has room for what would be lost otherwise.
        assert_whole(&store, commits, round);
        let mut draft = Batch::urgent();
        draft.put(*b"draft", "Hội nghị tổng kết, gõ dở dang".as_bytes());
        block_on(store.commit(draft)).unwrap();
        drop(store);
        // Opened on the full disk it either works or says why not.
        match SledStore::open(&path, SledOptions::default()) {
            Ok(store) => assert_whole(&store, commits, round),
            Err(error) => assert_eq!(error, StoreError::DiskFull),
        }
        disk.tidy();
        let mut store = SledStore::open(&path, SledOptions::default()).unwrap();
        assert_whole(&store, commits, round);
        assert_eq!(store.get(b"draft").unwrap().as_deref(), Some("Hội nghị tổng kết, gõ dở dang".as_bytes()));
        block_on(store.commit(batch(commits))).unwrap();
        assert_whole(&store, commits + 1, round);
    }
}

#[test]
fn room_is_reserved_behind_the_end_of_the_log() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = tempfile::tempdir().unwrap();
    let mut store = SledStore::open(dir.path(), SledOptions::default()).unwrap();
    block_on(store.commit(batch(0))).unwrap();
    let db = fs::metadata(dir.path().join("db")).unwrap();
    let kept_back = 2 << 20;
    assert!(db.blocks() * 512 >= db.len() + kept_back, "{} blocks, {} bytes", db.blocks(), db.len());
}
