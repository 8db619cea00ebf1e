//! Each command: open, do one thing, say what is so.

use std::{
    collections::BTreeMap, fs::File, future::Future, io::BufRead as _, os::unix::fs::OpenOptionsExt as _, path::Path,
    pin::Pin, time::Instant,
};

use anyhow::Context as _;
use dongbo_core::{
    FormId, RecordId, UnitId,
    campaign::Form,
    outside::{Entropy as _, Moment},
    policy::followed,
    record::MetaEdit,
    replica::{Carried, Replica, ReplicaError, Saved},
    rollup::RowQuery,
    store::{SledOptions, SledStore, transfer},
    transport::{Host, SyncLimits, SyncReport, Transport},
};
use serde_json::{Value, json};

use super::{Device, DeviceArgs, DeviceCommand, bundle, say};
use crate::outside::SystemEntropy;

/// Runs a command on its own runtime: one thread, as the core's futures want it.
pub(super) fn run(args: DeviceArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(command(args))
}

async fn command(args: DeviceArgs) -> anyhow::Result<()> {
    let json = args.json;
    match &args.command {
        DeviceCommand::Join { link, name } => join(&args, link, name).await,
        DeviceCommand::New { form, unit, lines: true, .. } => new_lines(&args, form, unit.as_ref()).await,
        DeviceCommand::New { form, unit, answers, prefill, annuls, .. } => {
            let mut device = args.open().await?;
            let unit = home_unit(&device, unit.as_ref(), args.now_ms())?;
            let mut given = if *prefill { device.prefill(form, &unit)? } else { BTreeMap::new() };
            given.extend(answers.read(&schema(&device, form)?)?);
            let meta =
                MetaEdit { annuls: annuls.iter().map(|annulled| (*annulled, true)).collect(), ..MetaEdit::default() };
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.create(form, &unit, &given, &meta, None, &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Edit { record, answers, base } => {
            let mut device = args.open().await?;
            let form = device.view(*record)?.row.form;
            let changed = answers.read(&schema(&device, &form)?)?;
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.edit(*record, base, &changed, &MetaEdit::default(), None, &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Sync { deadline_s, pull_kib_max } => {
            let mut device = args.open().await?;
            let mut report = SyncReport::default();
            let limits = SyncLimits {
                deadline_ms: deadline_s.saturating_mul(1_000),
                pull_bytes_max: pull_kib_max.map(|kib| kib.saturating_mul(1 << 10)),
            };
            let outcome = sync(&mut device, &limits, &mut report).await;
            // What was done until it ended early is told too; where nothing was, only why.
            if outcome.is_ok() || report.requests > 0 {
                let summary = device.summary()?;
                let merged = merge(serde_json::to_value(&report)?, serde_json::to_value(&summary)?);
                print(json, merged, || say::report(&report, &summary))?;
            }
            if device.must_be_rewritten()? {
                super::rewrite(device).await?;
            }
            outcome
        }
        DeviceCommand::SameAs { record, other, undo } => {
            let mut device = args.open().await?;
            let meta = MetaEdit { same_as: [(*other, !undo)].into(), ..MetaEdit::default() };
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.edit(*record, &[], &BTreeMap::new(), &meta, None, &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Deadlines => {
            let deadlines = args.open().await?.deadlines(args.now_ms())?;
            print(json, json!({"deadlines": deadlines}), || say::deadlines(&deadlines))
        }
        DeviceCommand::Round { round } => {
            let found = args.open().await?.round(round)?.with_context(|| format!("there is no award round {round}"))?;
            print(json, json!(found), || say::round(&found))
        }
        DeviceCommand::List { form, unit, search, after, limit } => {
            let device = args.open().await?;
            let query = RowQuery { form: form.clone(), unit: unit.clone(), after: *after, limit: *limit };
            list(&device, search.as_deref(), &query, json)
        }
        DeviceCommand::Show { record } => {
            let view = args.open().await?.view(*record)?;
            print(json, serde_json::to_value(&view)?, || say::view(&view))
        }
        DeviceCommand::History { record } => history(&args.open().await?, *record, json),
        DeviceCommand::Conflicts { record } => conflicts(&args.open().await?, *record, json),
        DeviceCommand::Resolve { record, path, choice } => {
            let mut device = args.open().await?;
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.resolve(*record, &[], path, *choice, &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Withdraw { record, reason, .. } => {
            let mut device = args.open().await?;
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.withdraw(*record, reason.as_deref(), &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Move { record, unit, reason } => {
            let mut device = args.open().await?;
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            let saved = device.move_to(*record, unit, reason, &mut moment).await?;
            told(&device, &saved, json)
        }
        DeviceCommand::Held => held(&args.open().await?, json),
        DeviceCommand::Compact => {
            let device = super::rewrite(args.open().await?).await?;
            let bytes = device.store().size_on_disk_bytes()?;
            print(json, json!({"bytes": bytes}), || {
                format!("Đã ghi lại kho: {bytes} byte; không còn gì đã xóa.  /  Written anew; nothing deleted is left.")
            })
        }
        DeviceCommand::Status => status(&args.open().await?, json),
        DeviceCommand::Drafts => {
            let drafts = args.open().await?.drafts()?;
            print(json, json!({"drafts": drafts}), || format!("{} bản nháp / drafts", drafts.len()))
        }
        DeviceCommand::Rollup { measure } => {
            let cells = args.open().await?.rollup(measure.as_deref())?;
            print(json, json!({"cells": cells}), || {
                let line = |cell: &dongbo_core::rollup::Cell| {
                    let key = &cell.key;
                    let what = [&key.measure, key.unit.as_str(), &key.month, &key.dimension, &key.code].join("  ");
                    format!("{what}  {}", cell.value)
                };
                cells.iter().map(line).collect::<Vec<_>>().join("\n")
            })
        }
        DeviceCommand::ExportBundle { file, record, unsent } => {
            let which = match (record, unsent) {
                (Some(record), _) => Carried::Record(*record),
                (None, true) => Carried::Unsent,
                (None, false) => Carried::All,
            };
            bundle::export(&args.open().await?, file, which, json)
        }
        DeviceCommand::ImportBundle { file } => {
            bundle::import(&mut args.open().await?, file, args.now_ms(), json).await
        }
        DeviceCommand::Export { file, salvage } => export(&args, file, *salvage),
        DeviceCommand::Import { file, salvage } => import(&args, file, *salvage).await,
    }
}

/// JSON, or text.
pub(super) fn print(json: bool, value: Value, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    if json {
        return say::json(&value);
    }
    say::line(&text());
    Ok(())
}

fn merge(mut into: Value, from: Value) -> Value {
    if let (Value::Object(into), Value::Object(from)) = (&mut into, from) {
        // The report's counts of this sync win over totals of the same name, which move under `on_device`.
        let totals: serde_json::Map<_, _> = from.into_iter().collect();
        into.insert("on_device".into(), Value::Object(totals));
    }
    into
}

async fn join(args: &DeviceArgs, link: &str, name: &str) -> anyhow::Result<()> {
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed);
    dongbo_core::sync::Invitation::parse(link).map_err(ReplicaError::from)?;
    let mut device = Replica::prepare(args.open_store()?, link, name, seed).await?;
    if !device.joined() {
        Transport::new(device.origin())?.join(&mut device).await?;
    }
    let mut report = SyncReport::default();
    sync(&mut device, &SyncLimits::within_ms(600_000), &mut report).await?;
    let member = device.member();
    let (person, units) = (
        member.map(|member| member.name.clone()).unwrap_or_default(),
        member
            .iter()
            .flat_map(|member| &member.memberships)
            .map(|m| format!("{} @ {}", m.role, m.unit))
            .collect::<Vec<_>>(),
    );
    let value = json!({
        "device": device.device(),
        "campaign": device.campaign(),
        "member": member.map(|member| member.id),
        "name": person,
        "roles": units,
        "sync": report,
    });
    print(args.json, value, || {
        format!("Đã tham gia {} với tên {person}: {}.  /  Joined.", device.campaign(), units.join(", "))
    })
}

fn schema(device: &Device, form: &FormId) -> anyhow::Result<Form> {
    let rules = device.rules().ok_or(ReplicaError::NotReady)?;
    Ok(rules.campaign.form(form).ok_or_else(|| ReplicaError::UnknownForm(form.clone()))?.clone())
}

/// The unit given, or the first one the member works in now.
fn home_unit(device: &Device, given: Option<&UnitId>, now_ms: i64) -> anyhow::Result<UnitId> {
    if let Some(unit) = given {
        return Ok(unit.clone());
    }
    let memberships = &device.member().ok_or(ReplicaError::NotReady)?.memberships;
    let current = memberships.iter().find(|membership| membership.holds_at(now_ms)).or(memberships.last());
    let current = current.context("you are a member of no unit; give --unit")?;
    Ok(device.rules().map_or(&current.unit, |rules| followed(rules, current, now_ms)).clone())
}

/// Saves each line of standard input; a line that cannot be saved is told with its number, and the others go on.
async fn new_lines(args: &DeviceArgs, form: &FormId, unit: Option<&UnitId>) -> anyhow::Result<()> {
    let mut device = args.open().await?;
    schema(&device, form)?;
    let unit = home_unit(&device, unit, args.now_ms())?;
    let (mut saved_count, mut failed) = (0, Vec::new());
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let outcome = async {
            let answers = serde_json::from_str(&line)?;
            let mut entropy = SystemEntropy;
            let mut moment = Moment::new(args.now_ms(), &mut entropy);
            anyhow::Ok(device.create(form, &unit, &answers, &MetaEdit::default(), None, &mut moment).await?)
        };
        match outcome.await {
            Ok(saved) => {
                saved_count += 1;
                print(args.json, say::saved(&saved), || {
                    format!("Đã lưu trên máy này / saved on this device: {}", saved.record)
                })?;
            }
            Err(error) => failed.push(format!("dòng / line {}: {error:#}", number + 1)),
        }
    }
    anyhow::ensure!(
        failed.is_empty(),
        "đã lưu / saved {saved_count}; không lưu được / not saved:\n{}",
        failed.join("\n")
    );
    Ok(())
}

fn told(device: &Device, saved: &Saved, json: bool) -> anyhow::Result<()> {
    let view = device.view(saved.record)?;
    let mut value = say::saved(saved);
    value["status"] = json!(view.status);
    value["issues"] = json!(view.row.issues);
    print(json, value, || {
        let mut text = format!("Đã lưu trên máy này / saved on this device: {}", saved.record);
        for issue in &view.row.issues {
            text += &format!("\n  cần bổ sung / issue: {} / {}", issue.message_vi, issue.message_en);
        }
        text
    })
}

/// Synchronises; the report is there even when it ended early.
async fn sync(device: &mut Device, limits: &SyncLimits, report: &mut SyncReport) -> anyhow::Result<()> {
    let mut transport = Transport::new(device.origin())?;
    let mut machine = Machine { started: Instant::now() };
    Ok(transport.sync(device, &mut machine, limits, report).await?)
}

/// This machine's steady clock, timer and randomness.
struct Machine {
    started: Instant,
}

impl Host for Machine {
    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wait(&mut self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(tokio::time::sleep(std::time::Duration::from_millis(ms)))
    }

    fn random(&mut self) -> u64 {
        let mut bytes = [0; 8];
        SystemEntropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

fn list(device: &Device, search: Option<&str>, query: &RowQuery, json: bool) -> anyhow::Result<()> {
    let rows = match search {
        Some(words) => device.search(words, query)?,
        None => device.rows(query)?,
    };
    let mut listed = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let status = device.status(row.record)?;
        if json {
            let mut value = serde_json::to_value(&row)?;
            value["status"] = json!(status);
            listed.push(value);
        } else {
            lines.push(say::row(&row, status));
        }
    }
    print(json, json!({"records": listed}), || lines.join("\n"))
}

fn history(device: &Device, record: RecordId, json: bool) -> anyhow::Result<()> {
    let history = device.history(record)?;
    let mut entries = Vec::new();
    let mut lines = Vec::new();
    for entry in &history {
        let name = device.trust().member_of(entry.device).map(|member| member.name.clone()).unwrap_or_default();
        let mut value = serde_json::to_value(entry)?;
        value["name"] = json!(name);
        entries.push(value);
        let at = jiff::Timestamp::from_millisecond(entry.time_ms).map(|at| at.to_string()).unwrap_or_default();
        lines.push(format!("{at}  {name}  {}", entry.fields.join(", ")));
    }
    print(json, json!({"record": record, "history": entries}), || lines.join("\n"))
}

fn conflicts(device: &Device, record: Option<RecordId>, json: bool) -> anyhow::Result<()> {
    let rows = match record {
        Some(record) => vec![device.view(record)?.row],
        None => device.rows(&RowQuery { limit: usize::MAX, ..RowQuery::default() })?,
    };
    let mut found = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        for conflict in &row.conflicts {
            let mut value = serde_json::to_value(conflict)?;
            value["record"] = json!(row.record);
            found.push(value);
            lines.push(format!("{}  {}", row.record, conflict.path));
            for (at, candidate) in conflict.candidates.iter().enumerate() {
                let name = device.trust().member_of(candidate.device).map(|member| member.name.as_str());
                lines.push(format!("  {at}: {}  ({})", candidate.value, name.unwrap_or("?")));
            }
        }
    }
    if lines.is_empty() {
        lines.push("Không có xung đột / no conflicts".into());
    }
    print(json, json!({"conflicts": found}), || lines.join("\n"))
}

fn held(device: &Device, json: bool) -> anyhow::Result<()> {
    let (held, quarantined, waiting) = (device.held()?, device.quarantined()?, device.waiting()?);
    let rows = held.iter().map(|held| device.held_row(held.record)).collect::<Result<Vec<_>, _>>()?;
    let value = json!({
        "held": held.iter().zip(&rows).map(|(held, row)| json!({
            "record": held.record, "change": held.hash, "code": held.code, "detail": held.detail,
            "refused_ms": held.refused_ms, "bytes": hex::encode(&held.bytes),
            "answers": row.as_ref().map(|row| &row.answers),
        })).collect::<Vec<_>>(),
        "waiting": waiting.iter().map(|(record, change, why)| json!({
            "record": record, "change": change, "code": why.code, "detail": why.detail,
        })).collect::<Vec<_>>(),
        "quarantined": quarantined.iter().map(|q| json!({
            "record": q.record, "change": q.hash, "reason": q.reason, "bytes": hex::encode(&q.bytes),
        })).collect::<Vec<_>>(),
    });
    print(json, value, || {
        let mut lines: Vec<String> = Vec::new();
        for held in &held {
            lines.push(format!(
                "bị từ chối, vẫn giữ / refused, kept: {}  {}  {}{}",
                held.record,
                held.code,
                held.detail.as_deref().unwrap_or(""),
                say::words(&held.code)
            ));
        }
        for (record, _, why) in &waiting {
            let detail = why.detail.as_deref().unwrap_or("");
            lines.push(format!("đang chờ / waiting: {record}  {}  {detail}{}", why.code, say::words(&why.code)));
        }
        for q in &quarantined {
            lines.push(format!("cách ly / quarantined: {}  {}", q.record, q.reason));
        }
        if lines.is_empty() { "Không có / nothing".into() } else { lines.join("\n") }
    })
}

fn status(device: &Device, json: bool) -> anyhow::Result<()> {
    let summary = device.summary()?;
    let mut value = serde_json::to_value(&summary)?;
    value["device"] = json!(device.device());
    value["campaign"] = json!(device.campaign());
    value["hub"] = json!(device.origin());
    value["joined"] = json!(device.joined());
    value["name"] = json!(device.member().map(|member| member.name.clone()));
    value["revoked"] = json!(device.trust().revocation(device.device()).is_some());
    print(json, value, || say::summary(&summary))
}

fn export(args: &DeviceArgs, file: &Path, salvage: bool) -> anyhow::Result<()> {
    anyhow::ensure!(args.store.exists(), ReplicaError::NotPrepared);
    let options = if salvage { SledOptions::default().salvage() } else { SledOptions::default() };
    let store = SledStore::open(&args.store, options)?;
    // It holds the device's key, so it is for its owner only.
    let mut options = File::options();
    let out = options.write(true).create_new(true).mode(0o600).open(file);
    let out = out.with_context(|| format!("{} cannot be made", file.display()))?;
    let report = transfer::export(&store, std::io::BufWriter::new(&out), damage(salvage))?;
    out.sync_all().with_context(|| format!("{} cannot be made durable", file.display()))?;
    print(args.json, json!({"file": file, "report": format!("{report:?}")}), || {
        format!("Đã xuất / exported: {}  ({report:?})", file.display())
    })
}

async fn import(args: &DeviceArgs, file: &Path, salvage: bool) -> anyhow::Result<()> {
    let mut store = args.open_store()?;
    let from = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report = transfer::import(&mut store, std::io::BufReader::new(from), damage(salvage)).await?;
    print(args.json, json!({"file": file, "report": format!("{report:?}")}), || {
        format!("Đã nhập / imported: {}  ({report:?})", file.display())
    })
}

fn damage(salvage: bool) -> transfer::Damage {
    if salvage { transfer::Damage::Salvage } else { transfer::Damage::Stop }
}
