//! Rows as these tests need them: of a small campaign that ends with 2025, without a document behind them.

mod as_of;
mod counting;
mod history;

use serde_json::{Value, json};

use super::*;
use crate::{
    DeviceId, RecordId,
    campaign::Campaign,
    record::Row,
    store::{MemoryStore, Overlay, Read as _, Store as _},
};

/// `report`: unique by unit and period. `idea`: unique by title in the whole campaign. `class`: nothing is unique.
fn campaign() -> Campaign {
    let text = |vi: &str| json!({"vi": vi, "en": vi});
    let field = |id: &str, kind: &str| json!({"id": id, "kind": kind, "label": text(id)});
    let topics = json!({"id": "topic", "kind": "choice", "label": text("Chủ đề"), "list": "topics"});
    let campaign = json!({
        "format": 1, "id": "thi-dua", "version": 1, "name": text("Thi đua"), "source": text("Kế hoạch"),
        "time_zone": "Asia/Ho_Chi_Minh", "closes_on": "2025-12-31",
        "choice_lists": [{"id": "topics", "label": text("Chủ đề"), "choices": [
            {"code": "vneid", "label": text("VNeID")}, {"code": "dvc", "label": text("Dịch vụ công")}]}],
        "forms": [
            {"id": "report", "title": text("Báo cáo"), "date_field": "held_on",
             "unique": {"with_unit": true, "fields": ["period"]},
             "fields": [field("period", "text"), field("held_on", "date"), field("people", "integer")]},
            {"id": "idea", "title": text("Sáng kiến"), "title_field": "title",
             "unique": {"with_unit": false, "fields": ["title"]},
             "fields": [field("title", "text"), field("people", "integer")]},
            {"id": "class", "title": text("Lớp"), "title_field": "title", "date_field": "held_on",
             "fields": [field("title", "text"), field("held_on", "date"), field("people", "integer"), topics]}
        ],
        "roles": [],
        "indicators": [],
        "measures": [
            {"id": "reports", "form": "report", "label": text("Báo cáo"), "kind": "count"},
            {"id": "reported", "form": "report", "label": text("Người"), "kind": "sum", "field": "people"},
            {"id": "ideas", "form": "idea", "label": text("Sáng kiến"), "kind": "count"},
            {"id": "classes", "form": "class", "label": text("Lớp"), "kind": "count", "dimensions": ["topic"]},
            {"id": "taught", "form": "class", "label": text("Người học"), "kind": "sum", "field": "people",
             "filter": "people > 1", "dimensions": ["topic"]}
        ]
    });
    Campaign::parse(&campaign.to_string()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// 10/03/2025, 09:00 in Vietnam.
const CREATED_MS: i64 = 1_741_572_000_000;

fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn row(number: u8, form: &str, unit: &str, answers: Value) -> Row {
    let Value::Object(answers) = answers else { panic!("{answers}") };
    let mut row = Row {
        record: record(number),
        unit: unit.parse().unwrap(),
        form: form.parse().unwrap(),
        created_ms: CREATED_MS,
        creator: DeviceId([1; 16]),
        edited_by: DeviceId([1; 16]),
        edited_ms: CREATED_MS,
        heads: Vec::new(),
        changes: 1,
        answers: answers.into_iter().map(|(id, value)| (id.parse().unwrap(), value)).collect(),
        conflicts: Vec::new(),
        other: Default::default(),
        issues: Vec::new(),
        withdrawn: None,
        moved_to: None,
        moved_from: None,
        same_as: Vec::new(),
        annuls: Vec::new(),
    };
    judge(&campaign(), &mut row);
    row
}

/// Issues as a record's reader finds them.
fn judge(campaign: &Campaign, row: &mut Row) {
    row.issues = campaign.form(&row.form).unwrap().issues(&row.answers, campaign);
}

/// Puts rows into a store in one batch.
fn put(store: &mut MemoryStore, rows: &[&Row]) {
    let mut overlay = Overlay::new(&*store);
    Projection::put(&mut overlay, &campaign(), rows.iter().copied()).unwrap();
    let batch = overlay.into_batch();
    pollster::block_on(store.commit(batch)).unwrap();
}

fn remove(store: &mut MemoryStore, number: u8) {
    let mut overlay = Overlay::new(&*store);
    Projection::remove(&mut overlay, &campaign(), record(number)).unwrap();
    let batch = overlay.into_batch();
    pollster::block_on(store.commit(batch)).unwrap();
}

/// The total of a measure over all units and months.
fn total(store: &MemoryStore, measure: &str) -> i64 {
    let cells = Projection::cells(store, Some(measure)).unwrap();
    let totals = cells.iter().filter(|cell| cell.key.dimension.is_empty());
    totals.map(|cell| cell.value.to_string().parse::<i64>().unwrap()).sum()
}

/// Everything a projection keeps.
fn kept(store: &MemoryStore) -> Vec<(Vec<u8>, Vec<u8>)> {
    Projection::prefixes().iter().flat_map(|prefix| store.scan(&[*prefix], None, usize::MAX).unwrap()).collect()
}
