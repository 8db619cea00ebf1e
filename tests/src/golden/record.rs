//! One record through its life: every kind of change that a client makes.

use anyhow::Context as _;
use dongbo_core::{
    Actor, ChangeHash, RecordId, RecordOrigin,
    campaign::{Campaign, Form},
    change::{Action, Change, Key, ObjectId, OpId, Scalar, SignedChange},
    outside::Moment,
    record::{MetaEdit, Record, Row, Written, create, edit, read_row, resolve},
};
use serde_json::{Value, json};

use super::wire::{keys, root};
use crate::world::{Seeded, answers, id};

/// The samples' own small campaign.
pub(super) const CAMPAIGN: &str = include_str!("../../golden/campaign.json");

/// The samples' campaign.
pub fn campaign() -> Campaign {
    match Campaign::parse(CAMPAIGN) {
        Ok(campaign) => campaign,
        Err(errors) => unreachable!("the samples' campaign cannot be read: {errors}"),
    }
}

/// The form of the sample record.
pub fn golden_form(campaign: &Campaign) -> &Form {
    match campaign.form(&id("visit")) {
        Some(form) => form,
        None => unreachable!("the samples' campaign has a form called visit"),
    }
}

/// 10 March 2023, 08:00:00.123 in Vietnam.
pub(super) const CREATED_MS: i64 = 1_678_410_000_123;
const MINUTE: i64 = 60_000;

pub(super) fn origin() -> RecordOrigin {
    RecordOrigin {
        device: keys().hoa.device(),
        unit: id("26572"),
        form: id("visit"),
        created_ms: CREATED_MS,
        salt: *b"saltsalt",
    }
}

/// A change of the sample record.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) shows: &'static str,
    pub(super) signed: Vec<u8>,
    pub(super) chunk: Vec<u8>,
    pub(super) change: Change,
}

/// The sample record, change by change.
pub(super) struct History {
    pub(super) record: Record,
    pub(super) steps: Vec<Step>,
    /// The row while the name was a conflict.
    row_in_conflict: Row,
}

struct Writer {
    record: Record,
    steps: Vec<Step>,
    random: Seeded,
    now_ms: i64,
}

impl Writer {
    fn take(&mut self, name: &'static str, shows: &'static str, by_hoa: bool, written: Written) -> ChangeHash {
        let key = if by_hoa { keys().hoa } else { keys().binh };
        let signed = SignedChange::sign(root(), &key, written.record.id(), &written.chunk);
        let hash = written.change.hash;
        self.steps.push(Step { name, shows, signed, chunk: written.chunk, change: written.change });
        self.record = written.record;
        self.now_ms += MINUTE;
        hash
    }

    fn edit(
        &mut self,
        (name, shows): (&'static str, &'static str),
        actor: Actor,
        base: &[ChangeHash],
        fields: Value,
    ) -> anyhow::Result<ChangeHash> {
        let campaign = campaign();
        let heads = if base.is_empty() { self.record.heads() } else { base.to_vec() };
        let mut moment = Moment::new(self.now_ms, &mut self.random);
        let form = golden_form(&campaign);
        let written = edit(&self.record, form, &heads, actor, &answers(fields), &MetaEdit::default(), &mut moment)
            .context(name)?;
        Ok(self.take(name, shows, actor.device() == keys().hoa.device(), written))
    }
}

/// Makes the sample record.
pub(super) fn history() -> anyhow::Result<History> {
    let campaign = campaign();
    let (hoa, binh) = (Actor::first(keys().hoa.device()), Actor::first(keys().binh.device()));
    let mut random = Seeded(244);
    let fields = json!({
        "name": "Nguyễn Văn An", "notes": "Nhà ở cuối đường.", "people": 4, "income": "12.5", "poor": false,
        "visited_on": "2023-03-10", "left_at": 1_678_413_600_000_i64, "main_source": "well", "sources": ["well"],
        "place": "10.4960 107.1689 3 12.5", "reached": 2, "earlier": "0186c8d5-4a00-8123-8456-789abcdef012",
        "photos": [{"id": "ab".repeat(32), "name": "be.jpg", "media_type": "image/jpeg", "size": 120_345}],
        "tanks": [{"litres": 500, "remark": "Bể cũ"}],
    });
    let mut moment = Moment::new(CREATED_MS, &mut random);
    let first = create(golden_form(&campaign), &origin(), &answers(fields), &MetaEdit::default(), &mut moment)?;
    let mut w = Writer { record: first.record.clone(), steps: Vec::new(), random, now_ms: CREATED_MS };
    let first = w.take("first", "root, every container of the form, one answer of every field type", true, first);
    let at = [first];
    w.edit(("name_by_hoa", "a put that replaces one value"), hoa, &at, json!({"name": "Nguyễn Văn An (cha)"}))?;
    let apart = "made apart from name_by_hoa: the name is a conflict; a text edit with an insertion and a deletion";
    let fields = json!({"name": "Nguyễn Văn Ân", "notes": "Nhà ở đầu đường."});
    w.edit(("name_by_binh", apart), binh, &at, fields)?;
    let rules = Some((&campaign, golden_form(&campaign)));
    let row_in_conflict = read_row(&w.record, rules)?;
    let written = resolve(&w.record, rules, &w.record.heads(), hoa, "name", 0, &Moment::new(w.now_ms, &mut Seeded(0)))?;
    w.take("resolve", "the shown name settles the conflict: a put that replaces both values", true, written);
    let item = json!({"tanks": [{"litres": 1_000, "remark": "Bể mới", "position": 1}]});
    w.edit(("group_item", "a new item with its containers"), binh, &[], item)?;
    w.edit(("counter", "3 more people reached: a new key"), hoa, &[], json!({"reached": {"add": 3}}))?;
    let ticks = json!({"sources": ["rain"], "income": null});
    w.edit(("ticks", "one choice ticked, one unticked; an answer cleared"), binh, &[], ticks)?;
    let item = w.record_item()?;
    w.edit(("removed_item", "an item marked as removed"), hoa, &[], json!({"tanks": [{"id": item, "removed": true}]}))?;
    let further = Actor::further(keys().hoa.device(), *b"\x01\x02\x03\x04\x05\x06\x07\x08");
    let stale = "saved on the heads of the first change, so by a further actor; merges with all since";
    w.edit(("further_actor", stale), further, &at, json!({"people": 5}))?;
    let meta = MetaEdit { withdrawn: Some(Some("Ghi trùng".into())), ..MetaEdit::default() };
    let heads = w.record.heads();
    let mut moment = Moment::new(w.now_ms, &mut w.random);
    let form = golden_form(&campaign);
    let written = edit(&w.record, form, &heads, binh, &answers(json!({})), &meta, &mut moment)?;
    w.take("withdrawn", "withdrawn with a reason; joins two heads", false, written);
    Ok(History { record: w.record, steps: w.steps, row_in_conflict })
}

impl Writer {
    /// The id of the record's first tank.
    fn record_item(&self) -> anyhow::Result<String> {
        let campaign = campaign();
        let row = read_row(&self.record, Some((&campaign, golden_form(&campaign))))?;
        let tanks = row.answers.get("tanks").cloned().unwrap_or_default();
        Ok(tanks[0]["id"].as_str().unwrap_or_default().to_owned())
    }
}

impl History {
    pub(super) fn id(&self) -> RecordId {
        self.record.id()
    }

    pub(super) fn changes_json(&self) -> Value {
        let changes = self.steps.iter().map(|step| {
            json!({
                "name": step.name,
                "shows": step.shows,
                "bytes": hex::encode(&step.signed),
                "chunk": hex::encode(&step.chunk),
                "signer": step.change.actor.device(),
                "record": self.id(),
                "change": change_json(&step.change),
            })
        });
        json!({ "record": self.id(), "changes": changes.collect::<Vec<_>>() })
    }

    pub(super) fn record_json(&self) -> anyhow::Result<Value> {
        let campaign = campaign();
        let row = read_row(&self.record, Some((&campaign, golden_form(&campaign))))?;
        Ok(json!({
            "record": self.id(),
            "row_after_name_by_binh": self.row_in_conflict,
            "row": row,
            "history": dongbo_core::record::history(&self.record),
        }))
    }
}

fn change_json(change: &Change) -> Value {
    let ops: Vec<Value> = change
        .ops
        .iter()
        .map(|op| {
            json!({
                "id": op_id(&op.id),
                "object": match op.object { ObjectId::Root => "root".into(), ObjectId::Made(id) => op_id(&id) },
                "key": match &op.key {
                    Key::Prop(name) => json!({ "prop": name }),
                    Key::Head => json!("head"),
                    Key::Element(id) => json!({ "element": op_id(id) }),
                },
                "insert": op.insert,
                "action": match op.action {
                    Action::MakeMap => "make_map",
                    Action::MakeText => "make_text",
                    Action::Put => "put",
                    Action::Delete => "delete",
                },
                "value": scalar(&op.value),
                "pred": op.replaces.iter().map(op_id).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "hash": change.hash,
        "deps": change.deps,
        "actor": change.actor.to_string(),
        "seq": change.seq,
        "start_op": change.start_op,
        "time_s": change.time_s,
        "ops": ops,
    })
}

fn op_id(id: &OpId) -> String {
    format!("{}@{}", id.counter, id.actor)
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => json!(value),
        Scalar::Int(value) => json!({ "int": value }),
        Scalar::Text(text) => json!(text),
        Scalar::Bytes(bytes) => json!({ "bytes": hex::encode(bytes) }),
        Scalar::Timestamp(value) => json!({ "timestamp": value }),
    }
}
