//! The erasures beside the store, in a file that only grows: a store put back from an older copy forgets none of them.
//!
//! Text: the line `dongbo-erasures 1`, then one statement (protocol.md section 2) a line as lower-case hex: issuing
//! keys and erasures, each after the key that signed it. Every statement is believed by its signature, as if it came
//! from a stranger. A last line without its end was cut while it was written, and was never acknowledged.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, bail};
use dongbo_core::{BlobId, identity::SignedStatement};

use crate::hub::ErasureList;

const HEADER: &str = "dongbo-erasures 1";

/// The file, open for adding to.
#[derive(Debug)]
pub struct ErasureFile {
    file: File,
    held: BTreeSet<[u8; 32]>,
}

impl ErasureFile {
    /// Opens the file or makes it; with what it holds.
    pub fn open(path: &Path) -> anyhow::Result<(Self, Vec<Vec<u8>>)> {
        let text = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let statements = read(&text[..whole]).with_context(|| {
            format!("{} cannot be read; put it back from a copy. Nothing was served or changed", path.display())
        })?;
        let mut options = File::options();
        let mut file = options.create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        if whole == 0 {
            file.write_all(format!("{HEADER}\n").as_bytes())?;
        }
        file.sync_all()?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        let held = statements.iter().map(|bytes| BlobId::of(bytes).0).collect();
        Ok((Self { file, held }, statements))
    }
}

fn read(text: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let text = std::str::from_utf8(text)?;
    let mut lines = text.lines();
    match lines.next() {
        None | Some(HEADER) => {}
        Some(other) if other.starts_with("dongbo-erasures ") => {
            bail!("it was written by a newer program; update this one")
        }
        Some(_) => bail!("it is no list of erasures"),
    }
    let statement =
        |(number, line): (usize, &str)| hex::decode(line).with_context(|| format!("line {} is damaged", number + 2));
    lines.enumerate().map(statement).collect()
}

impl ErasureList for ErasureFile {
    fn keep(&mut self, statements: &[Arc<SignedStatement>]) -> io::Result<()> {
        let new: Vec<_> = statements.iter().filter(|signed| !self.held.contains(&signed.id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let end = self.file.seek(SeekFrom::End(0))?;
        let lines: String = new.iter().map(|signed| format!("{}\n", hex::encode(&signed.bytes))).collect();
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // Half a line must not be followed by another.
            let _ = self.file.set_len(end);
            return Err(error);
        }
        self.held.extend(new.iter().map(|signed| signed.id));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dongbo_core::{
        RecordId,
        identity::{Erasure, KeyPair, Statement},
    };

    use super::*;

    fn erasure(number: u8) -> Arc<SignedStatement> {
        let root = KeyPair::from_seed([1; 32]);
        let said =
            Statement::Erasure(Erasure { record: RecordId([number; 16]), at_ms: 5, reason: "theo yêu cầu".into() });
        let id = dongbo_core::AuthorityId::of(&root.public());
        Arc::new(SignedStatement::open(&SignedStatement::sign(id, &root, 5, &said)).unwrap())
    }

    #[test]
    fn what_is_kept_is_there_again_and_a_cut_line_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("erasures");
        let (mut file, held) = ErasureFile::open(&path).unwrap();
        assert!(held.is_empty());
        file.keep(&[erasure(1)]).unwrap();
        file.keep(&[erasure(1), erasure(2)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        fs::write(&path, format!("{text}a501")).unwrap();
        let (mut file, held) = ErasureFile::open(&path).unwrap();
        assert_eq!(held, [erasure(1).bytes.clone(), erasure(2).bytes.clone()]);
        file.keep(&[erasure(3)]).unwrap();
        assert_eq!(ErasureFile::open(&path).unwrap().1.len(), 3);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_not_an_empty_list() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("erasures");
        for text in ["dongbo-erasures 2\n", "something\n", "dongbo-erasures 1\nnot hex\n"] {
            fs::write(&path, text).unwrap();
            ErasureFile::open(&path).unwrap_err();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    /// Version 1, byte for byte.
    #[test]
    fn golden_sample() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("erasures");
        let (mut file, _) = ErasureFile::open(&path).unwrap();
        file.keep(&[erasure(7)]).unwrap();
        let golden = include_str!("../../tests/golden/erasures.txt");
        assert_eq!(fs::read_to_string(&path).unwrap(), golden);
        fs::write(&path, golden).unwrap();
        assert_eq!(ErasureFile::open(&path).unwrap().1, [erasure(7).bytes.clone()]);
    }
}
