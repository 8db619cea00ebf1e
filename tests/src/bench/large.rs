//! A hub that holds a province's work.

use std::{path::Path, time::Duration};

use anyhow::Context as _;

use super::{
    edits, idle,
    report::{Report, Target, say},
    scene::{Scene, percentile_ms},
};

/// Records that one device makes before it pushes.
const BATCH: usize = 10_000;

/// Measures a hub with `records` records: nothing new, memory, restart, roll-ups.
pub fn run(directory: &Path, records: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut scene = Scene::open(directory)?;
    let mut author = scene.device()?;
    let mut reader = scene.device()?;
    let first = author.record(1_000.min(records))?;
    scene.sync(&mut author)?;
    scene.sync(&mut reader)?;
    idle::run(&scene, &mut reader, first.len(), report)?;
    edits::run(&scene, &mut author, &mut reader, &first, report)?;

    say(&format!("devices record and push {records} visits"));
    let mut held = first.len();
    while held < records {
        let visits = BATCH.min(records - held);
        let mut other = scene.writer()?;
        other.record(visits)?;
        scene.sync(&mut other)?;
        held += visits;
    }
    say("a device pulls all of them");
    scene.sync(&mut reader)?;
    idle::run(&scene, &mut reader, held, report)?;
    report.add(
        format!("hub that took {held} records: peak memory"),
        peak_mb(&scene)?,
        "MB",
        None,
        Target::AtMost(300.0),
    );

    let ready: Duration = scene.restart()?;
    let name = format!("hub with {held} records: serving after SIGKILL and start");
    report.add(name, ready.as_secs_f64(), "s", None, Target::AtMost(1.0));
    scene.sync(&mut reader)?;
    let token = scene.token(&mut reader)?;
    let mut rollups = |what: &str, path: &str, target: Target| -> anyhow::Result<()> {
        let mut times = scene.ask(&token, path, 300)?;
        let name = format!("hub with {held} records: roll-ups of {what}, p99");
        report.add(name, percentile_ms(&mut times, 0.99), "ms", None, target);
        Ok(())
    };
    let district = "/api/v1/c/bench/rollups?unit=748&from=2023-01&to=2023-12";
    rollups("a district's year", district, Target::AtMost(10.0))?;
    rollups("everything, every month and dimension", "/api/v1/c/bench/rollups", Target::None)?;
    let name = format!("hub with {held} records, restarted and read: peak memory");
    report.add(name, peak_mb(&scene)?, "MB", None, Target::AtMost(300.0));
    Ok(())
}

/// The most memory the hub's process ever had, in MB.
fn peak_mb(scene: &Scene) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", scene.hub_id()))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM: this is not Linux")?;
    let kb: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kb / 1_000.0)
}
