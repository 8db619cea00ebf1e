//! One device pushes all it recorded; another, empty, pulls it.

use std::{io::Write as _, path::Path, time::Instant};

use anyhow::ensure;
use dongbo_core::{store::Store, sync::SyncRequest};
use flate2::{Compression, write::GzEncoder};

use super::{
    corpus::{text_bytes, visit},
    floor,
    report::{Report, Target, say},
    scene::{Device, Scene},
};
use crate::world::Seeded;

/// Communes that one device records in.
const COMMUNES: usize = 4;

/// Measures push and pull of `records` records.
pub fn run(directory: &Path, records: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut scene = Scene::open(directory)?;
    say(&format!("one device records {records} visits"));
    let mut author = scene.device()?;
    author.work_in(COMMUNES);
    author.record(records)?;
    let mut author = scene.to_disk(author)?;
    let changes = pushed(&author)?;
    let sample = &changes[..changes.len().min(2_000)];

    let trial_s = floor::full_trial(author.replica.trust(), sample)?.as_secs_f64() / sample.len() as f64;
    say("it pushes them to a hub process, on disk at both ends");
    let sent_before = scene.link.bytes_to_hub();
    let started = Instant::now();
    let pushed = scene.sync(&mut author)?;
    let push_s = started.elapsed().as_secs_f64() / records as f64;
    ensure!(pushed.admitted == records && pushed.held + pushed.undecided == 0, "the push: {pushed:?}");
    let sent = (scene.link.bytes_to_hub() - sent_before) as f64 / records as f64;
    report.add("push by one device, durable", 1.0 / push_s, "records/s", Some(1.0 / trial_s), Target::AtLeast(2_500.0));
    report.add("push, time against one core's full trial", push_s / trial_s, "ratio", Some(1.0), Target::AtMost(1.3));
    let ndjson = ndjson_bytes(records)?;
    report.add(
        "push, bytes on the wire against gzipped NDJSON",
        sent / ndjson,
        "ratio",
        Some(1.0),
        Target::AtMost(2.1),
    );
    report.add("push, bytes a record", sent, "bytes", Some(ndjson), Target::None);

    say("an empty device pulls them");
    let mut reader = scene.empty_device_on_disk()?;
    let received_before = scene.link.bytes_from_hub();
    let started = Instant::now();
    let pulled = scene.sync(&mut reader)?;
    let pull_s = started.elapsed().as_secs_f64() / records as f64;
    ensure!(pulled.received == records && pulled.quarantined == 0, "the pull: {pulled:?}");
    let received = (scene.link.bytes_from_hub() - received_before) as f64 / records as f64;
    let pull_floor = Some(1.0 / trial_s);
    report.add("pull by an empty replica, on disk", 1.0 / pull_s, "records/s", pull_floor, Target::AtLeast(4_000.0));
    report.add("pull, bytes a record", received, "bytes", Some(ndjson), Target::None);
    Ok(())
}

/// The changes that a device is about to push first.
fn pushed<S: Store>(device: &Device<S>) -> anyhow::Result<Vec<Vec<u8>>> {
    let request = SyncRequest::from_bytes(&device.replica.sync_request()?)?;
    Ok(request.changes.into_iter().map(Into::into).collect())
}

/// What the same records take as compressed JSON lines, a record.
fn ndjson_bytes(records: usize) -> anyhow::Result<f64> {
    let mut random = Seeded(244);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut text = 0;
    for _ in 0..records {
        let visit = visit(&mut random);
        text += text_bytes(&visit);
        writeln!(encoder, "{visit}")?;
    }
    say(&format!("{} bytes of text a record", text / records.max(1)));
    Ok(encoder.finish()?.len() as f64 / records as f64)
}
