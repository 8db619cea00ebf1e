//! All that the hub holds on one person, for answering the person and before an erasure; and what is due for erasure.

use std::collections::BTreeSet;

use dongbo_core::{
    ChangeHash, MemberId, RecordId,
    change::{Scalar, SignedChange},
    rollup::{Projection, RowQuery},
    store::Store,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Deed, Hub, HubError,
    access::AccessQuery,
    layout::{ENTRY, RECORD, record_prefix, sequence_of},
    ledger::{self, Entry, EntryKind},
    personal::{folded, texts},
};

/// Items of each list in an export; more are left out, and `left_out` says so.
const PERSON_ITEMS_MAX: usize = 100_000;
/// Ledger entries read at a time.
const READ_AT_ONCE: usize = 512;
const DAY_MS: i64 = 24 * 3_600_000;

/// A record whose personal fields are kept longer than the campaign says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The record.
    pub record: RecordId,
    /// Its unit.
    pub unit: dongbo_core::UnitId,
    /// Its form.
    pub form: dongbo_core::FormId,
    /// Personal fields it answers, by id.
    pub fields: Vec<String>,
    /// When the hub received its last change, milliseconds since the Unix epoch.
    pub received_ms: i64,
    /// When it was due, likewise.
    pub due_ms: i64,
}

/// A change of one member's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Authored {
    record: Option<RecordId>,
    change: Option<ChangeHash>,
    sequence: u64,
    received_ms: i64,
    /// Absent where the record was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ms: Option<i64>,
}

impl<S: Store> Hub<S> {
    /// All that is held on a member: directory entry, devices, invitations, changes, reads by and about them.
    pub fn member_export(&self, id: MemberId) -> Result<Value, HubError> {
        let member = self.trust.member(id).ok_or_else(|| HubError::NotFound(format!("member {id}")))?;
        let devices: BTreeSet<_> =
            self.trust.certificates().filter(|held| held.member == id).map(|held| held.device()).collect();
        let mut changes = Vec::new();
        self.each_entry(|sequence, entry| {
            let signed = SignedChange::open(&entry.bytes).ok().filter(|_| entry.kind == EntryKind::Change);
            let device = signed.as_ref().map(SignedChange::device).or(entry.device);
            if device.is_some_and(|device| devices.contains(&device)) {
                let time_ms = signed.and_then(|signed| signed.read().ok()).map(|change| change.time_ms());
                let (record, change, received_ms) = (entry.record, entry.hash, entry.received_ms);
                changes.push(Authored { record, change, sequence, received_ms, time_ms });
            }
        })?;
        let records: BTreeSet<RecordId> = changes.iter().filter_map(|change| change.record).collect();
        let by = self.accesses(&AccessQuery { member: Some(id), record: None }, PERSON_ITEMS_MAX)?;
        let mut about = self.accesses(&AccessQuery::default(), PERSON_ITEMS_MAX)?;
        let named = self.rows_naming(&member.name)?;
        let appears: BTreeSet<RecordId> = records.iter().copied().chain(named.iter().filter_map(record_of)).collect();
        for entry in &mut about {
            entry.read.retain(|record, _| appears.contains(record));
        }
        about.retain(|entry| !entry.read.is_empty());
        let mut joined = self.all_devices()?;
        joined.retain(|info| info.member == id);
        let mut invitations = self.invites()?;
        invitations.retain(|info| info.member == id);
        let mut pending = self.pending()?;
        pending.retain(|pending| devices.contains(&pending.device));
        let of_person = |deed: &Deed| {
            let device = deed.about["device"].as_str().and_then(|device| device.parse().ok());
            deed.member == Some(id)
                || deed.about["member"] == json!(id)
                || device.is_some_and(|device| devices.contains(&device))
        };
        let deeds = self.deeds(PERSON_ITEMS_MAX, of_person)?;
        let left_out = changes.len().saturating_sub(PERSON_ITEMS_MAX);
        changes.truncate(PERSON_ITEMS_MAX);
        let memberships: Vec<Value> = member
            .memberships
            .iter()
            .map(|m| json!({"unit": m.unit, "role": m.role, "from_ms": m.from_ms, "to_ms": m.to_ms}))
            .collect();
        Ok(json!({
            "member": id, "name": member.name, "memberships": memberships,
            "devices": joined, "invitations": invitations,
            "changes": changes, "changes_left_out": left_out,
            "pending": pending.iter().map(|pending| json!({"record": pending.record, "change": pending.hash})).collect::<Vec<_>>(),
            "records_naming": named,
            "access_log": {"by": by, "about": about}, "deeds": deeds,
        }))
    }

    /// All that is held where personal fields contain a text, accents and case aside: rows as they read now, members
    /// of that name, and changes whose earlier values contain it.
    pub fn text_export(&self, text: &str) -> Result<Value, HubError> {
        let wanted = folded(text.trim());
        if wanted.is_empty() {
            return Err(HubError::Invalid("give a member's id or a text to look for".into()));
        }
        let records = self.rows_naming(text)?;
        let members: Vec<Value> = self
            .trust
            .members()
            .filter(|member| folded(&member.name).contains(&wanted))
            .map(|member| json!({"member": member.id, "name": member.name}))
            .collect();
        let shown: BTreeSet<RecordId> = records.iter().filter_map(record_of).collect();
        let mut earlier = Vec::new();
        self.each_entry(|sequence, entry| {
            let unseen = entry.record.filter(|record| !shown.contains(record));
            if let Some(record) = unseen.filter(|_| earlier.len() < PERSON_ITEMS_MAX && holds(entry, &wanted)) {
                earlier.push(json!({"record": record, "change": entry.hash, "sequence": sequence}));
            }
        })?;
        let deeds = self.deeds(PERSON_ITEMS_MAX, |deed| folded(&deed.about.to_string()).contains(&wanted))?;
        Ok(json!({
            "text": text, "members": members, "records": records, "earlier_values": earlier, "deeds": deeds,
        }))
    }

    /// Rows whose personal texts contain a text, with the fields where they do.
    fn rows_naming(&self, text: &str) -> Result<Vec<Value>, HubError> {
        let wanted = folded(text.trim());
        let campaign = &self.rules()?.campaign;
        let mut found = Vec::new();
        let mut failed = None;
        let query = RowQuery { limit: PERSON_ITEMS_MAX, ..RowQuery::default() };
        Projection::rows(&self.store, &query, |row| {
            let mut fields: Vec<String> = texts(campaign.form(&row.form), row)
                .into_iter()
                .filter(|(_, text)| !wanted.is_empty() && folded(text).contains(&wanted))
                .map(|(field, _)| field)
                .collect();
            fields.dedup();
            if !fields.is_empty() && found.len() < PERSON_ITEMS_MAX {
                match serde_json::to_value(row) {
                    Ok(mut value) => {
                        value["found_in"] = json!(fields);
                        found.push(value);
                    }
                    Err(error) => failed = Some(HubError::Stored(error.to_string())),
                }
            }
            false
        })?;
        failed.map_or(Ok(found), Err)
    }

    fn each_entry(&self, mut visit: impl FnMut(u64, &Entry)) -> Result<(), HubError> {
        let mut after = None;
        loop {
            let page = self.store.scan(&[ENTRY], after.as_deref(), READ_AT_ONCE)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, bytes) in &page {
                visit(sequence_of(key).unwrap_or(0), &Entry::from_bytes(bytes)?);
            }
        }
    }

    /// How long the campaign says that personal fields are kept, in days: `extensions.personal_data.retention_days`.
    pub fn retention_days(&self) -> Result<Option<i64>, HubError> {
        let campaign: Value = serde_json::from_str(self.rules()?.campaign.json())
            .map_err(|error| HubError::Stored(format!("the campaign ({error})")))?;
        let days = &campaign["extensions"]["personal_data"]["retention_days"];
        match days.as_i64() {
            Some(days) if days > 0 => Ok(Some(days)),
            None if days.is_null() => Ok(None),
            _ => Err(HubError::Invalid(
                "extensions.personal_data.retention_days must be a whole number of days above 0; correct the campaign"
                    .into(),
            )),
        }
    }

    /// Records that answer personal fields and had their last change longer ago than the campaign keeps them.
    pub fn personal_data_due(&self, now_ms: i64) -> Result<Vec<Due>, HubError> {
        let Some(days) = self.retention_days()? else { return Ok(Vec::new()) };
        let campaign = &self.rules()?.campaign;
        let mut candidates = Vec::new();
        let query = RowQuery { limit: usize::MAX, ..RowQuery::default() };
        Projection::rows(&self.store, &query, |row| {
            let fields = campaign.form(&row.form).map(|form| super::personal::answered(form, row)).unwrap_or_default();
            if !fields.is_empty() {
                candidates.push((row.record, row.unit.clone(), row.form.clone(), fields));
            }
            false
        })?;
        let mut due = Vec::new();
        for (record, unit, form, fields) in candidates {
            let Some((key, _)) = self.store.last(&record_prefix(RECORD, record))? else { continue };
            let received_ms = ledger::entry(&self.store, sequence_of(&key).unwrap_or(0))?.received_ms;
            let due_ms = received_ms.saturating_add(days.saturating_mul(DAY_MS));
            if due_ms <= now_ms {
                due.push(Due { record, unit, form, fields, received_ms, due_ms });
            }
        }
        Ok(due)
    }
}

fn record_of(row: &Value) -> Option<RecordId> {
    row["record"].as_str()?.parse().ok()
}

/// Whether a change set a text that contains this; characters of paragraphs come one by one and are not seen.
fn holds(entry: &Entry, wanted: &str) -> bool {
    let signed = SignedChange::open(&entry.bytes).ok().filter(|_| entry.kind == EntryKind::Change);
    let Some(change) = signed.and_then(|signed| signed.read().ok()) else { return false };
    change.ops.iter().any(|op| matches!(&op.value, Scalar::Text(text) if folded(text).contains(wanted)))
}
