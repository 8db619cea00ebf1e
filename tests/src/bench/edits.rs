//! Ten small edits on their way from one phone to another.

use anyhow::ensure;
use dongbo_core::store::Store;
use serde_json::json;

use super::{
    report::{Report, Target},
    scene::{Device, Scene},
};

/// Measures ten one-field edits from `author` by the hub to `reader`; both are up to date and hold the records.
pub fn run<A: Store, B: Store>(
    scene: &Scene,
    author: &mut Device<A>,
    reader: &mut Device<B>,
    records: &[dongbo_core::RecordId],
    report: &mut Report,
) -> anyhow::Result<()> {
    for (number, record) in records.iter().take(10).enumerate() {
        author.edit(*record, json!({ "result": format!("Đã gọi lại cho hộ này, lần {number}.") }))?;
    }
    let before = scene.bytes();
    let sent = scene.sync(author)?;
    let received = scene.sync(reader)?;
    ensure!(sent.admitted == 10 && received.received == 10, "ten edits: {sent:?} {received:?}");
    let bytes = (scene.bytes() - before) as f64;
    let requests = (sent.requests + received.requests) as f64;
    report.add("10 one-field edits, phone to hub to phone: requests", requests, "requests", None, Target::AtMost(2.0));
    report.add("10 one-field edits, phone to hub to phone", bytes, "bytes", None, Target::AtMost(6_000.0));
    Ok(())
}
