//! A damaged store opens with the damage noticed, or says why not; it never panics out and never hangs.

use std::{fs, sync::mpsc, time::Duration};

use super::*;

const COMMITS: u32 = 60;

fn value(number: u32) -> Vec<u8> {
    number.to_be_bytes().repeat(500)
}

fn make(path: &Path) {
    let mut store = open(path).unwrap();
    for number in 0..COMMITS {
        put(&mut store, &number.to_be_bytes(), &value(number)).unwrap();
    }
}

/// Damages the file `name` of a store; then either it does not open, or every read tells the truth or says `Corrupt`.
fn check(name: &str, damage: impl FnOnce(&mut Vec<u8>)) {
    let directory = TempDir::new().unwrap();
    make(directory.path());
    let file = match name {
        "snap" => fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_name().unwrap().to_string_lossy().starts_with("snap.")),
        name => Some(directory.path().join(name)),
    };
    let Some(file) = file else { return };
    let mut bytes = fs::read(&file).unwrap();
    damage(&mut bytes);
    fs::write(&file, bytes).unwrap();

    let path = directory.path().to_path_buf();
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || done.send(read_everything(&path)));
    let outcome = finished.recv_timeout(Duration::from_secs(60)).expect("it neither hangs nor panics");
    println!("{name}: {outcome}");
}

#[test]
fn only_files_that_sled_did_not_close_so_are_copied_before_it_opens_them() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    let is_copied = |options: &SledOptions| {
        let kept = Original::keep(path, options).unwrap();
        let is_copied = kept.is_some();
        kept.map_or(Ok(()), Original::discard).unwrap();
        is_copied
    };
    let options = SledOptions::default();
    make(path);
    assert!(!is_copied(&options), "as it was closed");
    assert!(is_copied(&options.clone().salvage()), "salvage keeps what it found");

    let (db, note) = (path.join("db"), path.join("closed"));
    let (whole, noted) = (fs::read(&db).unwrap(), fs::read(&note).unwrap());
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(&db, damaged).unwrap();
    assert!(is_copied(&options), "one bit differs");
    fs::write(&db, &whole).unwrap();
    assert!(!is_copied(&options), "as it was again");
    fs::write(&note, &noted[..noted.len() / 2]).unwrap();
    assert!(is_copied(&options), "a torn note");
    fs::write(&note, noted).unwrap();

    let mut store = open(path).unwrap();
    put(&mut store, b"one more", &value(1)).unwrap();
    assert!(is_copied(&options), "as a kill would leave it");
    drop(store);
    assert!(!is_copied(&options), "closed again");
}

fn read_everything(path: &Path) -> String {
    let outcome = match open(path) {
        Err(error) => error.to_string(),
        Ok(store) => {
            for number in 0..COMMITS {
                match store.get(&number.to_be_bytes()) {
                    Ok(found) => assert_eq!(found, Some(value(number)), "commit {number} was lost without a word"),
                    Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "{error}"),
                }
            }
            format!("{:?}", store.verify())
        }
    };
    // Salvage opens it too, or says why not.
    if let Ok(store) = SledStore::open(path, SledOptions::default().salvage()) {
        let _ = export(&store, std::io::sink(), Damage::Salvage);
    }
    outcome
}

#[test]
fn a_file_cut_short() {
    for kept_percent in [0, 1, 10, 25, 50, 75, 90, 99] {
        check("db", |bytes| bytes.truncate(bytes.len() * kept_percent / 100));
    }
}

#[test]
fn flipped_bits() {
    for part in 0..24 {
        check("db", |bytes| {
            let at = bytes.len() * part / 24 + 5 * part;
            bytes[at] ^= 1 << (part % 8);
        });
    }
}

#[test]
fn a_file_of_noise() {
    for seed in 1..4_u32 {
        check("db", |bytes| {
            let mut state = seed;
            for byte in bytes {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
        });
    }
}

#[test]
fn damaged_side_files() {
    for name in ["conf", "snap", "acknowledged"] {
        check(name, |bytes| bytes.clear());
        check(name, |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x55));
        check(name, |bytes| bytes.truncate(bytes.len() / 2));
    }
}

#[test]
fn a_store_that_fell_back_is_noticed_salvaged_and_set_aside() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("store");
    make(&path);
    let older: Vec<_> = ["db", "conf"].into_iter().map(|name| (name, fs::read(path.join(name)).unwrap())).collect();
    put(&mut open(&path).unwrap(), b"late", b"value").unwrap();
    for entry in fs::read_dir(&path).unwrap() {
        let file = entry.unwrap().path();
        if file.file_name().unwrap().to_string_lossy().starts_with("snap.") {
            fs::remove_file(file).unwrap();
        }
    }
    for (name, bytes) in older {
        fs::write(path.join(name), bytes).unwrap();
    }

    let error = open(&path).map(|_| ()).unwrap_err();
    assert_eq!(error, StoreError::Corrupt { detail: "the last 1 saved steps are missing".into() });

    let mut salvaged = SledStore::open(&path, SledOptions::default().salvage()).unwrap();
    assert_eq!(salvaged.get(&3_u32.to_be_bytes()), Ok(Some(value(3))));
    assert!(matches!(put(&mut salvaged, b"key", b"value"), Err(StoreError::Corrupt { .. })), "read only");
    drop(salvaged);

    let aside = quarantine(&path).unwrap();
    assert_eq!(aside, directory.path().join("store.corrupt-1"));
    assert!(aside.join("db").exists());
    make(&path);
    assert_eq!(quarantine(&path).unwrap(), directory.path().join("store.corrupt-2"));
}

/// sled overwrites the log behind a damaged place. The first look must not be the end of what could still be repaired.
#[test]
fn a_failed_opening_leaves_the_log_as_it_was() {
    let directory = TempDir::new().unwrap();
    make(directory.path());
    let file = directory.path().join("db");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    fs::write(&file, &bytes).unwrap();

    for options in [SledOptions::default(), SledOptions::default().salvage(), SledOptions::default()] {
        let _ = SledStore::open(directory.path(), options);
    }
    assert!(fs::read(&file).unwrap() == bytes, "the damaged log is kept");

    bytes[at] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let store = open(directory.path()).unwrap();
    assert_eq!(store.keys(b"", None, usize::MAX).unwrap().len() as u32, COMMITS);
}

#[test]
fn a_snapshot_that_was_cut_short_is_no_damage() {
    for written in [0, 1, 12, 13, 400] {
        let directory = TempDir::new().unwrap();
        make(directory.path());
        let unfinished = directory.path().join("snap.FFFFFFFFFFFFFFFF.generating");
        fs::write(&unfinished, vec![0x5a; written]).unwrap();
        let store = open(directory.path()).unwrap();
        assert!(!unfinished.exists());
        for number in 0..COMMITS {
            assert_eq!(store.get(&number.to_be_bytes()).unwrap(), Some(value(number)), "{written} bytes were written");
        }
    }
}

#[test]
fn a_store_killed_while_it_was_made_can_be_made_again() {
    let whole = TempDir::new().unwrap();
    make(whole.path());
    let conf = fs::read(whole.path().join("conf")).unwrap();
    for written in 0..=conf.len() {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("conf"), &conf[..written]).unwrap();
        fs::write(directory.path().join("db"), []).unwrap();
        let mut store = open(directory.path()).unwrap_or_else(|error| panic!("{written} bytes: {error}"));
        put(&mut store, b"key", b"value").unwrap();
    }
}
