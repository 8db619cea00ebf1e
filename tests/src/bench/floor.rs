//! What the work cannot do without: the least that a full trial of a change costs on one core, and one fsync.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc as _, Value};
use dongbo_core::{change::SignedChange, identity::Trust};

/// Verifies, parses, applies, reads, saves and loads each change with the libraries alone, one after the other.
pub fn full_trial(trust: &Trust, changes: &[Vec<u8>]) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for bytes in changes {
        let signed = SignedChange::open(bytes)?;
        let certificate = trust.certificate(signed.device()).context("the signer is unknown")?;
        signed.verify(trust.root(), &certificate.key)?;
        let change = automerge::Change::from_bytes(signed.chunk().to_vec())?;
        let mut document = Automerge::new();
        document.apply_changes([change])?;
        let read = walk(&document, &ROOT)?;
        let loaded = Automerge::load(&document.save())?;
        anyhow::ensure!(read > 15 && loaded.get_heads() == document.get_heads());
    }
    Ok(started.elapsed())
}

/// Reads every value, concurrent ones included; how many there were.
fn walk(document: &Automerge, object: &ObjId) -> anyhow::Result<usize> {
    let mut values = 0;
    for key in document.keys(object) {
        for (value, id) in document.get_all(object, key.as_str())? {
            values += 1;
            match value {
                Value::Object(ObjType::Text) => _ = std::hint::black_box(document.text(&id)?),
                Value::Object(_) => values += walk(document, &id)?,
                Value::Scalar(scalar) => _ = std::hint::black_box(scalar.into_owned()),
            }
        }
    }
    Ok(values)
}

/// What one small durable write costs, `times` times.
pub fn fsyncs(directory: &Path, times: usize) -> anyhow::Result<Vec<Duration>> {
    let path = directory.join("fsync");
    let mut file = File::create(&path)?;
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        took.push(started.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(took)
}
