//! From a document to a [`Row`]: the union of concurrent values, conflicts, and what does not fit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::{
    Candidate, Conflict, DOCUMENT_VERSION, Record, RecordError, Row,
    graph::Graph,
    row::Issue,
    tree::{Map, Node, Place},
    write::is_decimal,
};
use crate::{
    FieldId, RecordId,
    campaign::{Campaign, Field, FieldKind, Form},
    change::{ObjectId, OpId, Scalar},
};

/// Materialises a record. Without a form (`None`: one this catalogue does not know) every answer is *other*.
pub fn read_row(record: &Record, rules: Option<(&Campaign, &Form)>) -> Result<Row, RecordError> {
    let origin = record.origin()?;
    let graph = record.graph();
    let first = graph.changes().first().ok_or(RecordError::Empty)?;
    // The latest by operation counter, so that everyone names the same one whatever order changes arrived in.
    let last = graph.changes().iter().max_by_key(|c| (c.last_op(), c.hash)).ok_or(RecordError::Empty)?;
    let root = record.tree()?;
    let mut reader = Reader { graph, answers: BTreeMap::new(), conflicts: Vec::new(), other: BTreeMap::new() };
    if origin.version == DOCUMENT_VERSION {
        reader.answers(root, rules.map(|(_, form)| form));
    } else {
        reader.other.insert("version".into(), json!(origin.version));
    }
    let meta = reader.meta(root);
    let issues = match rules {
        _ if origin.version != DOCUMENT_VERSION => vec![newer_version()],
        Some((campaign, form)) => form.issues(&reader.answers, campaign),
        None => Vec::new(),
    };
    Ok(Row {
        record: record.id(),
        unit: origin.origin.unit,
        form: origin.origin.form,
        created_ms: origin.origin.created_ms,
        creator: first.actor.device(),
        edited_by: last.actor.device(),
        edited_ms: last.time_ms(),
        heads: record.heads(),
        changes: graph.changes().len(),
        answers: reader.answers,
        conflicts: reader.conflicts,
        other: reader.other,
        issues,
        withdrawn: meta.withdrawn,
        moved_to: meta.moved_to,
        moved_from: meta.moved_from,
        same_as: meta.same_as,
        annuls: meta.annuls,
    })
}

fn newer_version() -> Issue {
    Issue {
        code: "newer_version".into(),
        field: String::new(),
        message_vi: "Bản ghi do phiên bản ứng dụng mới hơn tạo; hãy cập nhật ứng dụng để xem. Nội dung vẫn được giữ."
            .into(),
        message_en: "Made by a newer version of the app; update to read it. Nothing is lost.".into(),
    }
}

struct Meta {
    withdrawn: Option<String>,
    moved_to: Option<RecordId>,
    moved_from: Option<RecordId>,
    same_as: Vec<RecordId>,
    annuls: Vec<RecordId>,
}

struct Reader<'a> {
    graph: &'a Graph,
    answers: BTreeMap<FieldId, Value>,
    conflicts: Vec<Conflict>,
    other: BTreeMap<String, Value>,
}

/// Concurrent maps seen as one: at each key, every concurrent value of every map, the winner first.
fn united<'a>(maps: impl Iterator<Item = &'a Map>) -> BTreeMap<&'a str, Place> {
    let mut union: BTreeMap<&str, Place> = BTreeMap::new();
    for map in maps {
        for (key, place) in map {
            union.entry(key).or_insert_with(|| Place(Vec::new())).0.extend(place.0.iter().cloned());
        }
    }
    for place in union.values_mut() {
        place.0.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    }
    union
}

impl Reader<'_> {
    fn answers(&mut self, root: &Map, form: Option<&Form>) {
        for (key, place) in united(root.get("answers").into_iter().flat_map(Place::maps)) {
            let field = key.parse::<FieldId>().ok().and_then(|id| Some((id.clone(), form?.field(&id)?)));
            match field {
                Some((id, field)) => {
                    if let Some(value) = self.field(field, &place, key) {
                        self.answers.insert(id, value);
                    }
                }
                None => self.keep_other(key, &place),
            }
        }
    }

    /// A value of the wrong type, or of a field the form does not know: kept, shown as other, never counted.
    fn keep_other(&mut self, path: &str, place: &Place) {
        let values: Vec<Value> = place.0.iter().map(|(_, node)| plain(node)).filter(|v| !is_blank(v)).collect();
        match values.len() {
            0 => None,
            1 => self.other.insert(path.to_owned(), values[0].clone()),
            _ => self.other.insert(path.to_owned(), Value::Array(values)),
        };
    }

    /// The answer to a field, or `None` where it is unanswered.
    fn field(&mut self, field: &Field, place: &Place, path: &str) -> Option<Value> {
        self.keep_misfits(&field.kind, place, path);
        match &field.kind {
            FieldKind::Paragraph => self.paragraph(place, path),
            FieldKind::Counter => counter(place),
            FieldKind::Choices(_) => self.choices(place, path),
            FieldKind::Group(nested) => self.group(nested, place, path),
            FieldKind::Attachments => self.attachments(place, path),
            kind => self.scalar(place, path, |scalar| typed(kind, scalar)),
        }
    }

    fn keep_misfits(&mut self, kind: &FieldKind, place: &Place, path: &str) {
        let fits = |node: &Node| match (kind, node) {
            (FieldKind::Paragraph, Node::Text(_)) => true,
            (FieldKind::Paragraph, _) => false,
            (FieldKind::Counter | FieldKind::Choices(_) | FieldKind::Group(_) | FieldKind::Attachments, node) => {
                matches!(node, Node::Map(_))
            }
            (kind, Node::Scalar(scalar)) => *scalar == Scalar::Null || typed(kind, scalar).is_some(),
            _ => false,
        };
        let misfits = place.0.iter().filter(|(_, node)| !fits(node)).cloned().collect();
        self.keep_other(path, &Place(misfits));
    }

    /// A scalar: Automerge's winner; all distinct concurrent values if there is more than one.
    fn scalar(&mut self, place: &Place, path: &str, read: impl Fn(&Scalar) -> Option<Value>) -> Option<Value> {
        let readable = |scalar: &Scalar| if *scalar == Scalar::Null { Some(Value::Null) } else { read(scalar) };
        let values: Vec<(OpId, Value)> =
            place.scalars().filter_map(|(id, scalar)| Some((id, readable(scalar)?))).collect();
        self.note_conflict(path, &values);
        let (_, winner) = values.into_iter().next()?;
        (!winner.is_null()).then_some(winner)
    }

    /// Lists a conflict where concurrent values differ.
    fn note_conflict(&mut self, path: &str, values: &[(OpId, Value)]) {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (id, value) in values {
            if candidates.iter().any(|c| c.value == *value) {
                continue;
            }
            if let Some(change) = self.graph.change_of(*id) {
                candidates.push(Candidate {
                    value: value.clone(),
                    device: change.actor.device(),
                    time_ms: change.time_ms(),
                    change: change.hash,
                });
            }
        }
        if candidates.len() > 1 {
            self.conflicts.push(Conflict { path: path.to_owned(), candidates });
        }
    }

    fn paragraph(&mut self, place: &Place, path: &str) -> Option<Value> {
        let texts: Vec<(OpId, String)> = place.texts().map(|(id, text)| (id, nfc(text))).collect();
        let filled: Vec<(OpId, Value)> =
            texts.iter().filter(|(_, text)| !text.is_empty()).map(|(id, text)| (*id, json!(text))).collect();
        self.note_conflict(path, &filled);
        filled.into_iter().next().map(|(_, text)| text)
    }

    fn choices(&mut self, place: &Place, path: &str) -> Option<Value> {
        let mut ticked = Vec::new();
        for (code, tick) in united(place.maps()) {
            let value = self.scalar(&tick, &format!("{path}/{code}"), |scalar| match scalar {
                Scalar::Bool(value) => Some(json!(value)),
                _ => None,
            });
            if value == Some(Value::Bool(true)) {
                ticked.push(json!(code));
            }
        }
        (!ticked.is_empty()).then_some(Value::Array(ticked))
    }

    fn group(&mut self, fields_of: &[Field], place: &Place, path: &str) -> Option<Value> {
        let mut items: Vec<(i64, String, Value)> = Vec::new();
        for (id, item) in united(place.maps()) {
            let item_path = format!("{path}/{id}");
            let parts = united(item.maps());
            let fields = parts.get("fields");
            if self.is_removed(&parts, fields, &item_path) {
                continue;
            }
            let mut answers = serde_json::Map::new();
            answers.insert("id".into(), json!(id));
            for (key, nested_place) in united(fields.into_iter().flat_map(Place::maps)) {
                let nested_path = format!("{item_path}/{key}");
                match fields_of.iter().find(|nested| nested.id.as_str() == key) {
                    Some(nested) => {
                        if let Some(value) = self.field(nested, &nested_place, &nested_path) {
                            answers.insert(key.to_owned(), value);
                        }
                    }
                    None => self.keep_other(&nested_path, &nested_place),
                }
            }
            let position = match parts.get("position").and_then(Place::first) {
                Some(Node::Scalar(Scalar::Int(position))) => *position,
                _ => i64::MAX,
            };
            items.push((position, id.to_owned(), Value::Object(answers)));
        }
        items.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let items: Vec<Value> = items.into_iter().map(|(_, _, item)| item).collect();
        (!items.is_empty()).then_some(Value::Array(items))
    }

    /// An item is removed if every concurrent `removed` is true and none of its fields was written concurrently with
    /// the removal; otherwise it is shown, flagged as a conflict.
    fn is_removed(&mut self, parts: &BTreeMap<&str, Place>, fields: Option<&Place>, path: &str) -> bool {
        let Some(removed) = parts.get("removed") else { return false };
        let marks: Vec<(OpId, bool)> =
            removed.scalars().map(|(id, scalar)| (id, *scalar == Scalar::Bool(true))).collect();
        if !marks.iter().any(|(_, removed)| *removed) {
            return false;
        }
        let values: Vec<(OpId, Value)> = marks.iter().map(|(id, removed)| (*id, json!(removed))).collect();
        let mut written = BTreeSet::new();
        for map in fields.into_iter().flat_map(Place::maps) {
            self.collect_writes(map, &mut written);
        }
        let mut disputed: Vec<(OpId, Value)> = Vec::new();
        for op in written {
            if marks.iter().any(|(mark, removed)| *removed && self.concurrent(op, *mark)) {
                disputed.push((op, json!(false)));
            }
        }
        if marks.iter().all(|(_, removed)| *removed) && disputed.is_empty() {
            return true;
        }
        self.note_conflict(&format!("{path}/removed"), &[values, disputed].concat());
        false
    }

    /// One operation of every write that is visible in a map: its values, and what was typed into its texts.
    fn collect_writes(&self, map: &Map, into: &mut BTreeSet<OpId>) {
        for (id, node) in map.values().flat_map(|place| &place.0) {
            match node {
                Node::Map(inner) => self.collect_writes(inner, into),
                Node::Scalar(_) => {
                    into.insert(*id);
                }
                Node::Text(_) => {
                    let text = ObjectId::Made(*id);
                    let typed = self.graph.changes().iter().filter_map(|c| c.ops.iter().find(|op| op.object == text));
                    into.extend(typed.map(|op| op.id));
                }
            }
        }
    }

    fn concurrent(&self, a: OpId, b: OpId) -> bool {
        match (self.graph.change_of(a), self.graph.change_of(b)) {
            (Some(a), Some(b)) => !self.graph.precedes(&a.hash, &b.hash) && !self.graph.precedes(&b.hash, &a.hash),
            _ => false,
        }
    }

    fn attachments(&mut self, place: &Place, path: &str) -> Option<Value> {
        let mut list = Vec::new();
        for (id, entry) in united(place.maps()) {
            let mut attachment = serde_json::Map::new();
            attachment.insert("id".into(), json!(id));
            let parts = united(entry.maps());
            if self.is_removed(&parts, None, &format!("{path}/{id}")) {
                continue;
            }
            for (name, value) in &parts {
                if *name != "removed"
                    && let Some(value) = self.scalar(value, &format!("{path}/{id}/{name}"), |s| Some(scalar_json(s)))
                {
                    attachment.insert((*name).to_owned(), value);
                }
            }
            list.push(Value::Object(attachment));
        }
        (!list.is_empty()).then_some(Value::Array(list))
    }

    fn meta(&mut self, root: &Map) -> Meta {
        let meta = united(root.get("meta").into_iter().flat_map(Place::maps));
        let as_text = |scalar: &Scalar| match scalar {
            Scalar::Text(text) => Some(json!(text)),
            _ => None,
        };
        let mut text = |key: &str| {
            let value = self.scalar(meta.get(key)?, &format!("meta/{key}"), as_text)?;
            value.as_str().map(str::to_owned)
        };
        let withdrawn = text("withdrawn");
        let moved_to = text("moved_to").and_then(|id| id.parse().ok());
        let moved_from = text("moved_from").and_then(|id| id.parse().ok());
        let marked = |key: &str| {
            let marks = united(meta.get(key).into_iter().flat_map(Place::maps));
            let on = |place: &Place| place.first() == Some(&Node::Scalar(Scalar::Bool(true)));
            marks.iter().filter(|(_, place)| on(place)).filter_map(|(id, _)| id.parse().ok()).collect()
        };
        let same_as = marked("same_as");
        let annuls = marked("annuls");
        Meta { withdrawn, moved_to, moved_from, same_as, annuls }
    }
}

/// The sum of all entries of all concurrent maps.
fn counter(place: &Place) -> Option<Value> {
    let entries = united(place.maps());
    let numbers = entries.values().filter_map(|entry| match entry.first() {
        Some(Node::Scalar(Scalar::Int(number))) => Some(*number),
        _ => None,
    });
    let sum = numbers.fold(None, |sum: Option<i64>, number| Some(sum.unwrap_or(0).saturating_add(number)));
    sum.map(|sum| json!(sum))
}

/// The scalar as the field's type has it; `None` if it is of another type.
fn typed(kind: &FieldKind, scalar: &Scalar) -> Option<Value> {
    match (kind, scalar) {
        (FieldKind::Integer, Scalar::Int(value)) => Some(json!(value)),
        (FieldKind::Boolean, Scalar::Bool(value)) => Some(json!(value)),
        (FieldKind::DateTime, Scalar::Timestamp(value)) => Some(json!(value)),
        (FieldKind::Decimal, Scalar::Text(text)) => is_decimal(text).then(|| json!(text)),
        (FieldKind::Date, Scalar::Text(text)) => text.parse::<jiff::civil::Date>().is_ok().then(|| json!(text)),
        (FieldKind::Reference(_), Scalar::Text(text)) => text.parse::<RecordId>().is_ok().then(|| json!(text)),
        (FieldKind::Text | FieldKind::Choice(_) | FieldKind::Geopoint, Scalar::Text(text)) => Some(json!(nfc(text))),
        _ => None,
    }
}

/// The text in NFC, which writers have brought it into already.
fn nfc(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        _ => text.nfc().collect(),
    }
}

fn scalar_json(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => json!(value),
        Scalar::Int(value) | Scalar::Timestamp(value) => json!(value),
        Scalar::Text(text) => json!(text),
        Scalar::Bytes(bytes) => json!(hex::encode(bytes)),
    }
}

fn plain(node: &Node) -> Value {
    match node {
        Node::Scalar(scalar) => scalar_json(scalar),
        Node::Text(text) => json!(text),
        Node::Map(map) => {
            map.iter().map(|(key, place)| (key.clone(), place.first().map_or(Value::Null, plain))).collect()
        }
    }
}

/// What an empty container or a cleared field reads as.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
