//! A phone: opening a full replica, what it holds in memory, saving with and without encryption, the library's size.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use dongbo_core::{
    replica::{List, Replica},
    store::{
        DataKey, EncryptedStore, SledOptions, SledStore, Store,
        transfer::{Damage, export, import},
    },
};
use serde_json::{Value, json};

use super::{
    floor,
    report::{Report, Target, say},
    scene::{Device, Scene, percentile_ms},
};
use crate::world::now;

/// The page cache of the mobile bindings.
const CACHE_BYTES: u64 = 8 << 20;
const KEY: [u8; 32] = [7; 32];
const SAVES: usize = 300;
const OPENINGS: usize = 7;

/// Measures a phone with `records` records; `library` is the mobile library, stripped.
pub fn run(directory: &Path, records: usize, library: Option<&Path>, report: &mut Report) -> anyhow::Result<()> {
    let mut scene = Scene::open(directory)?;
    say(&format!("a phone that holds {records} records, with and without encryption"));
    let mut full = scene.writer()?;
    full.record(records)?;
    let mut exported = Vec::new();
    export(full.replica.store(), &mut exported, Damage::Stop)?;

    let (plain, encrypted) = (directory.join("plain"), directory.join("encrypted"));
    let mut store = files(&plain)?;
    now(import(&mut store, exported.as_slice(), Damage::Stop))?;
    drop(store);
    let mut store = opened(&encrypted)?;
    now(import(&mut store, exported.as_slice(), Damage::Stop))?;
    drop((store, exported));

    let name = |what: &str| format!("phone with {records} records, encrypted: {what}");
    let (mut plain_open, _) = openings(&plain, false)?;
    let (mut encrypted_open, memory_mb) = openings(&encrypted, true)?;
    let floor_ms = percentile_ms(&mut plain_open, 0.5);
    let open_ms = percentile_ms(&mut encrypted_open, 0.5);
    report.add(name("open in a new process, floor unencrypted"), open_ms, "ms", Some(floor_ms), Target::AtMost(200.0));
    report.add(name("memory of that process, a list read"), memory_mb, "MB", None, Target::AtMost(100.0));

    let fsync_ms = percentile_ms(&mut floor::fsyncs(directory, SAVES)?, 0.99);
    let Device { transport, random, now_ms, units, .. } = full;
    let mut device = Device { replica: now(Replica::open(files(&plain)?))?, transport, random, now_ms, units };
    let mut plain_saves = saves(&mut device)?;
    let Device { transport, random, now_ms, units, .. } = device;
    let mut device = Device { replica: now(Replica::open(opened(&encrypted)?))?, transport, random, now_ms, units };
    let mut encrypted_saves = saves(&mut device)?;
    let target = Target::AtMost(10.0 + fsync_ms);
    report.add(name("save p99, floor fsync"), percentile_ms(&mut encrypted_saves, 0.99), "ms", Some(fsync_ms), target);
    let (with, without) = (percentile_ms(&mut encrypted_saves, 0.5), percentile_ms(&mut plain_saves, 0.5));
    report.add(name("save median, floor unencrypted"), with, "ms", Some(without), Target::None);
    report.add(name("save median, times unencrypted"), with / without, "x", None, Target::None);

    if let Some(library) = library {
        let bytes = std::fs::metadata(library).with_context(|| format!("{} is not there", library.display()))?.len();
        report.add("mobile library, x86-64, stripped", bytes as f64 / 1e6, "MB", None, Target::AtMost(8.0));
    }
    Ok(())
}

/// Opens a store as a phone does, reads a list, and tells how long opening took and what memory is held. Run in a process of
/// its own, by [`run`].
pub fn open_once(path: &Path, encrypted: bool) -> anyhow::Result<Value> {
    let started = Instant::now();
    let (open_ms, rows) = match encrypted {
        true => read(now(Replica::open(opened(path)?))?, started)?,
        false => read(now(Replica::open(files(path)?))?, started)?,
    };
    Ok(json!({"open_ms": open_ms, "rows": rows, "memory_mb": resident_mb()?}))
}

fn read<S: Store>(replica: Replica<S>, started: Instant) -> anyhow::Result<(f64, usize)> {
    let open_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let rows = replica.list(&List { limit: 1_000, ..List::default() })?.records.len();
    // Measured by the caller while it is still open: leaking it costs nothing in a process that ends.
    std::mem::forget(replica);
    Ok((open_ms, rows))
}

fn openings(path: &Path, encrypted: bool) -> anyhow::Result<(Vec<Duration>, f64)> {
    let (mut times, mut memory_mb) = (Vec::new(), 0.0f64);
    for _ in 0..OPENINGS {
        let output = Command::new(std::env::current_exe()?)
            .args(["--open-phone", path.to_str().context("an odd path")?])
            .args(["--encrypted", if encrypted { "yes" } else { "no" }])
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: Value = serde_json::from_slice(&output.stdout)?;
        times.push(Duration::from_secs_f64(said["open_ms"].as_f64().context("no time")? / 1_000.0));
        memory_mb = memory_mb.max(said["memory_mb"].as_f64().context("no memory")?);
    }
    Ok((times, memory_mb))
}

fn saves<S: Store>(device: &mut Device<S>) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(SAVES);
    for _ in 0..SAVES {
        let started = Instant::now();
        device.record_one()?;
        times.push(started.elapsed());
    }
    Ok(times)
}

fn files(path: &Path) -> anyhow::Result<SledStore> {
    Ok(SledStore::open(path, SledOptions::default().cache_bytes(CACHE_BYTES))?)
}

fn opened(path: &Path) -> anyhow::Result<EncryptedStore<SledStore>> {
    let entropy = Box::new(crate::world::Seeded(7));
    Ok(now(EncryptedStore::open(files(path)?, &DataKey::from_bytes(KEY), entropy))?)
}

/// What this process holds in memory.
fn resident_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS: this is not Linux")?;
    let kb: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kb / 1_000.0)
}
