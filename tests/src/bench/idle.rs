//! A sync with nothing new, however much is held.

use std::time::Instant;

use anyhow::ensure;
use dongbo_core::store::Store;

use super::{
    report::{Report, Target},
    scene::{Device, Scene, percentile_ms},
};

/// Measures a sync with nothing new by a device that is up to date.
pub fn run<S: Store>(scene: &Scene, device: &mut Device<S>, held: usize, report: &mut Report) -> anyhow::Result<()> {
    scene.sync(device)?;
    let (mut requests, mut bytes, mut times) = (0, 0, Vec::new());
    for _ in 0..100 {
        let before = scene.bytes();
        let started = Instant::now();
        requests = scene.sync(device)?.requests.max(requests);
        times.push(started.elapsed());
        bytes = (scene.bytes() - before).max(bytes);
    }
    ensure!(requests > 0, "nothing was asked");
    let name = |what: &str| format!("nothing new, {held} records held: {what}");
    report.add(name("requests"), requests as f64, "requests", None, Target::AtMost(1.0));
    report.add(name("both ways with headers"), bytes as f64, "bytes", None, Target::AtMost(600.0));
    report.add(name("median"), percentile_ms(&mut times, 0.5), "ms", None, Target::AtMost(5.0));
    Ok(())
}
