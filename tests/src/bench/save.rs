//! One save on a full phone.

use std::{path::Path, time::Instant};

use dongbo_core::store::SledStore;

use super::{
    floor,
    report::{Report, Target},
    scene::{Device, percentile_ms},
};

/// Measures saves on a replica on disk that holds `held` records.
pub fn run(
    directory: &Path,
    device: &mut Device<SledStore>,
    held: usize,
    saves: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(saves);
    for _ in 0..saves {
        let started = Instant::now();
        device.record_one()?;
        times.push(started.elapsed());
    }
    let fsync_ms = percentile_ms(&mut floor::fsyncs(directory, saves)?, 0.99);
    let name = |what: &str| format!("save on a replica of {held} records: {what}");
    let target = Target::AtMost(10.0 + fsync_ms);
    report.add(name("p99"), percentile_ms(&mut times, 0.99), "ms", Some(fsync_ms), target);
    report.add(name("median"), percentile_ms(&mut times, 0.5), "ms", None, Target::None);
    Ok(())
}
