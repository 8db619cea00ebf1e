//! Writing one field, by its type (protocol.md section 8).

use automerge::{
    ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue, Value as Stored,
    transaction::{Transactable as _, Transaction},
};
use serde_json::{Map as Json, Value};
use unicode_normalization::UnicodeNormalization as _;

use super::edit::EditError;
use crate::{
    BlobId, RecordId,
    campaign::{Field, FieldKind},
    limits::{INTEGER_ABS_MAX, LIST_ITEMS_MAX, PARAGRAPH_BYTES_MAX, TEXT_BYTES_MAX},
    outside::Moment,
};

/// Whether a field's answers live in a container that the first change makes.
pub(super) fn has_container(kind: &FieldKind) -> bool {
    use FieldKind::{Attachments, Choices, Counter, Group, Paragraph};
    matches!(kind, Paragraph | Counter | Choices(_) | Group(_) | Attachments)
}

/// Every visible map at a key of the root.
pub(super) fn root_maps(tx: &Transaction<'_>, key: &str) -> Result<Vec<ObjId>, EditError> {
    objects(tx, &ROOT, key, ObjType::Map)
}

/// Every visible object of a type at a key.
pub(super) fn objects(tx: &Transaction<'_>, parent: &ObjId, key: &str, kind: ObjType) -> Result<Vec<ObjId>, EditError> {
    let all = tx.get_all(parent, key)?;
    Ok(all.into_iter().filter(|(value, _)| *value == Stored::Object(kind)).map(|(_, id)| id).collect())
}

/// Every visible map at a key of concurrent maps; made where there is none.
pub(super) fn maps(tx: &mut Transaction<'_>, parents: &[ObjId], key: &str) -> Result<Vec<ObjId>, EditError> {
    let mut found = Vec::new();
    for parent in parents {
        found.extend(objects(tx, parent, key, ObjType::Map)?);
    }
    if found.is_empty() {
        found.push(make(tx, parents, key, ObjType::Map)?);
    }
    Ok(found)
}

fn make(tx: &mut Transaction<'_>, parents: &[ObjId], key: &str, kind: ObjType) -> Result<ObjId, EditError> {
    let parent = parents.last().ok_or_else(|| EditError::value(key, "the record has no place for it"))?;
    if tx.get(parent, key)?.is_some() {
        return Err(EditError::value(key, "holds a value of another type, kept as it is"));
    }
    Ok(tx.put_object(parent, key, kind)?)
}

/// Puts a scalar at a key of each concurrent map.
pub(super) fn put(tx: &mut Transaction<'_>, parents: &[ObjId], key: &str, value: ScalarValue) -> Result<(), EditError> {
    for parent in parents {
        let all = tx.get_all(parent, key)?;
        if all.iter().any(|(visible, _)| visible.is_object()) {
            return Err(EditError::value(key, "holds a value of another type, kept as it is"));
        }
        // Absent and null read the same: clearing what is absent writes nothing.
        if !(all.is_empty() && value == ScalarValue::Null) {
            tx.put(parent, key, value.clone())?;
        }
    }
    Ok(())
}

/// A one-line text in NFC, within its limit.
pub(super) fn text(path: &str, text: &str) -> Result<ScalarValue, EditError> {
    let text: String = text.nfc().collect();
    if text.len() > TEXT_BYTES_MAX {
        let problem = format!("{} bytes of text; at most {TEXT_BYTES_MAX} fit. Use a paragraph field.", text.len());
        return Err(EditError::value(path, problem));
    }
    Ok(text.into())
}

/// Writes one answer.
pub(super) fn write(
    tx: &mut Transaction<'_>,
    parents: &[ObjId],
    field: &Field,
    value: &Value,
    path: &str,
    moment: &mut Moment<'_>,
) -> Result<(), EditError> {
    let key = field.id.as_str();
    match &field.kind {
        FieldKind::Paragraph => paragraph(tx, parents, key, value, path),
        FieldKind::Counter => counter(tx, parents, key, value, path, moment),
        FieldKind::Choices(_) => choices(tx, parents, key, value, path),
        FieldKind::Group(_) => group(tx, parents, field, value, path, moment),
        FieldKind::Attachments => attachments(tx, parents, key, value, path),
        kind => put(tx, parents, key, scalar(kind, value, path)?),
    }
}

fn scalar(kind: &FieldKind, value: &Value, path: &str) -> Result<ScalarValue, EditError> {
    let wrong = |expected: &str| EditError::value(path, format!("{value} is not {expected}"));
    if value.is_null() {
        return Ok(ScalarValue::Null);
    }
    match kind {
        FieldKind::Integer => {
            let number = value.as_i64().filter(|n| n.abs() <= INTEGER_ABS_MAX);
            Ok(ScalarValue::Int(number.ok_or_else(|| wrong("a whole number within ±(2^53 - 2)"))?))
        }
        FieldKind::Boolean => Ok(ScalarValue::Boolean(value.as_bool().ok_or_else(|| wrong("true or false"))?)),
        FieldKind::DateTime => {
            let moment = match value {
                Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
                other => other.as_i64(),
            };
            Ok(ScalarValue::Timestamp(
                moment.ok_or_else(|| wrong("a moment: milliseconds since 1970, or like 2024-03-01T08:30:00+07:00"))?,
            ))
        }
        FieldKind::Decimal => {
            let written = match value {
                Value::Number(number) => number.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            if is_decimal(&written) { text(path, &written) } else { Err(wrong("a decimal such as 12.5")) }
        }
        FieldKind::Date => {
            let date = value.as_str().filter(|t| t.len() == 10 && t.parse::<jiff::civil::Date>().is_ok());
            Ok(date.ok_or_else(|| wrong("a date such as 2024-03-01"))?.into())
        }
        FieldKind::Reference(_) => {
            let record = value.as_str().and_then(|text| text.parse::<RecordId>().ok());
            Ok(record.ok_or_else(|| wrong("a record's id"))?.to_string().into())
        }
        FieldKind::Geopoint => {
            let parts = value.as_str().map(|t| t.split(' ').map(is_decimal).collect::<Vec<_>>());
            let fits = parts.is_some_and(|p| (2..=4).contains(&p.len()) && p.iter().all(|decimal| *decimal));
            if !fits {
                return Err(wrong("a place such as \"10.4960 107.1689 0 0\" (latitude longitude altitude accuracy)"));
            }
            text(path, value.as_str().unwrap_or_default())
        }
        _ => text(path, value.as_str().ok_or_else(|| wrong("text"))?),
    }
}

/// `-?[0-9]+(\.[0-9]+)?`
pub(in crate::record) fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

/// Applies the difference between what was shown and what was typed, so that edits merge by character.
fn paragraph(
    tx: &mut Transaction<'_>,
    parents: &[ObjId],
    key: &str,
    value: &Value,
    path: &str,
) -> Result<(), EditError> {
    let typed: String = match value {
        Value::Null => String::new(),
        other => other.as_str().ok_or_else(|| EditError::value(path, format!("{value} is not text")))?.nfc().collect(),
    };
    if typed.len() > PARAGRAPH_BYTES_MAX {
        let problem = format!("{} bytes of text; at most {PARAGRAPH_BYTES_MAX} fit", typed.len());
        return Err(EditError::value(path, problem));
    }
    let mut shown = None;
    for parent in parents {
        shown = objects(tx, parent, key, ObjType::Text)?.into_iter().max().or(shown);
    }
    let shown = match shown {
        Some(shown) => shown,
        None => make(tx, parents, key, ObjType::Text)?,
    };
    Ok(tx.update_text(&shown, &typed)?)
}

/// Every addition or correction is a new key, never rewritten; the value is the sum.
fn counter(
    tx: &mut Transaction<'_>,
    parents: &[ObjId],
    key: &str,
    value: &Value,
    path: &str,
    moment: &mut Moment<'_>,
) -> Result<(), EditError> {
    let expected = || EditError::value(path, format!("{value} is no count; give {{\"add\": 5}} or {{\"set\": 5}}"));
    let counters = maps(tx, parents, key)?;
    let number = |v: &Value| v.as_i64().filter(|n| n.abs() <= INTEGER_ABS_MAX);
    let entries: i64 = counters.iter().map(|map| tx.keys(map).count() as i64).sum();
    let add = match value {
        Value::Number(_) if entries == 0 => number(value),
        Value::Object(change) if change.len() == 1 => match (change.get("add"), change.get("set")) {
            (Some(add), None) => number(add),
            (None, Some(set)) => {
                let mut sum = 0i64;
                for map in &counters {
                    for entry in tx.keys(map).collect::<Vec<_>>() {
                        if let Some((stored, _)) = tx.get(map, entry)? {
                            sum = sum.saturating_add(stored.as_i64().unwrap_or(0));
                        }
                    }
                }
                number(set).map(|set| set.saturating_sub(sum))
            }
            _ => None,
        },
        _ => None,
    };
    match (add.ok_or_else(expected)?, counters.last()) {
        (0, _) | (_, None) => Ok(()),
        (add, Some(map)) => Ok(tx.put(map, moment.uuid(), ScalarValue::Int(add))?),
    }
}

fn choices(tx: &mut Transaction<'_>, parents: &[ObjId], key: &str, value: &Value, path: &str) -> Result<(), EditError> {
    let expected = || EditError::value(path, format!("{value} is no choice of codes, such as [\"ND.1\", \"ND.3\"]"));
    let ticks = maps(tx, parents, key)?;
    let mut wanted: Vec<(String, bool)> = Vec::new();
    match value {
        Value::Object(codes) => {
            for (code, ticked) in codes {
                wanted.push((code.clone(), ticked.as_bool().ok_or_else(expected)?));
            }
        }
        Value::Array(codes) => {
            let codes: Option<Vec<&str>> = codes.iter().map(Value::as_str).collect();
            let codes = codes.ok_or_else(expected)?;
            for map in &ticks {
                for shown in tx.keys(map).filter(|shown| !codes.contains(&shown.as_str())) {
                    wanted.push((shown, false));
                }
            }
            wanted.extend(codes.iter().map(|code| ((*code).to_owned(), true)));
        }
        Value::Null => {
            for map in &ticks {
                wanted.extend(tx.keys(map).map(|shown| (shown, false)));
            }
        }
        _ => return Err(expected()),
    }
    wanted.sort();
    wanted.dedup_by(|a, b| a.0 == b.0);
    for (code, ticked) in wanted {
        if code.is_empty() || code.len() > 64 {
            return Err(expected());
        }
        put(tx, &ticks, &code, ScalarValue::Boolean(ticked))?;
    }
    Ok(())
}

fn group(
    tx: &mut Transaction<'_>,
    parents: &[ObjId],
    field: &Field,
    value: &Value,
    path: &str,
    moment: &mut Moment<'_>,
) -> Result<(), EditError> {
    let expected = |what: &Value| EditError::value(path, format!("{what} is no list of items"));
    let lists = maps(tx, parents, field.id.as_str())?;
    let items = value.as_array().ok_or_else(|| expected(value))?;
    if items.len() > LIST_ITEMS_MAX {
        return Err(EditError::value(path, format!("{} items; at most {LIST_ITEMS_MAX} fit", items.len())));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (position, item) in items.iter().enumerate() {
        let item = item.as_object().ok_or_else(|| expected(item))?;
        let given = item.get("id").and_then(Value::as_str);
        let id = match given {
            Some(id) => id.parse::<crate::MemberId>().map(|id| id.to_string()).map_err(|_| expected(&id.into()))?,
            None => moment.uuid(),
        };
        if !seen.insert(id.clone()) {
            return Err(EditError::value(path, format!("the item {id} is named twice")));
        }
        let item_path = format!("{path}/{id}");
        let mut existing = Vec::new();
        for list in &lists {
            existing.extend(objects(tx, list, &id, ObjType::Map)?);
        }
        if existing.is_empty() {
            // Whoever writes never saw it: a colleague made it meanwhile, and it is not theirs to take out.
            if item.get("removed") == Some(&Value::Bool(true)) {
                continue;
            }
            let position = item.get("position").and_then(Value::as_i64).unwrap_or(position as i64);
            existing.push(new_item(tx, &lists, field, &id, position)?);
        }
        write_item(tx, &existing, field, item, &item_path, moment)?;
    }
    Ok(())
}

/// The fields of a group's items.
fn nested(field: &Field) -> &[Field] {
    match &field.kind {
        FieldKind::Group(fields) => fields,
        _ => &[],
    }
}

/// Makes an item with all its containers.
fn new_item(
    tx: &mut Transaction<'_>,
    lists: &[ObjId],
    field: &Field,
    id: &str,
    position: i64,
) -> Result<ObjId, EditError> {
    let item = make(tx, lists, id, ObjType::Map)?;
    let fields = tx.put_object(&item, "fields", ObjType::Map)?;
    for nested in nested(field) {
        match &nested.kind {
            FieldKind::Paragraph => tx.put_object(&fields, nested.id.as_str(), ObjType::Text)?,
            kind if has_container(kind) => tx.put_object(&fields, nested.id.as_str(), ObjType::Map)?,
            _ => continue,
        };
    }
    tx.put(&item, "position", position)?;
    Ok(item)
}

fn write_item(
    tx: &mut Transaction<'_>,
    items: &[ObjId],
    field: &Field,
    given: &Json<String, Value>,
    path: &str,
    moment: &mut Moment<'_>,
) -> Result<(), EditError> {
    let fields = maps(tx, items, "fields")?;
    for (name, value) in given {
        match name.as_str() {
            "id" => {}
            "removed" => {
                let removed = value.as_bool().ok_or_else(|| EditError::value(path, "removed is true or false"))?;
                put(tx, items, "removed", ScalarValue::Boolean(removed))?;
            }
            "position" => {
                let position = value.as_i64().ok_or_else(|| EditError::value(path, "position is a whole number"))?;
                for item in items {
                    let same = tx.get(item, "position")?.and_then(|(v, _)| v.as_i64()) == Some(position);
                    if !same {
                        put(tx, std::slice::from_ref(item), "position", ScalarValue::Int(position))?;
                    }
                }
            }
            _ => {
                let nested = nested(field).iter().find(|nested| nested.id.as_str() == name);
                let nested = nested
                    .ok_or_else(|| EditError::UnknownField { form: field.id.to_string(), field: name.clone() })?;
                write(tx, &fields, nested, value, &format!("{path}/{name}"), moment)?;
            }
        }
    }
    Ok(())
}

fn attachments(
    tx: &mut Transaction<'_>,
    parents: &[ObjId],
    key: &str,
    value: &Value,
    path: &str,
) -> Result<(), EditError> {
    let expected =
        || EditError::value(path, format!("{value} is no list of attachments with id, name, media_type, size"));
    let lists = maps(tx, parents, key)?;
    for item in value.as_array().ok_or_else(expected)? {
        let item = item.as_object().ok_or_else(expected)?;
        let id =
            item.get("id").and_then(Value::as_str).and_then(|id| id.parse::<BlobId>().ok()).ok_or_else(expected)?;
        let entries = maps(tx, &lists, &id.to_string())?;
        for (name, value) in item {
            let stored = match (name.as_str(), value) {
                ("id", _) => continue,
                ("name" | "media_type" | "caption", Value::String(given)) => text(path, given)?,
                ("size" | "taken_at", Value::Number(_)) => ScalarValue::Int(value.as_i64().ok_or_else(expected)?),
                ("removed", Value::Bool(removed)) => ScalarValue::Boolean(*removed),
                (_, Value::Null) => ScalarValue::Null,
                _ => return Err(expected()),
            };
            put(tx, &entries, name, stored)?;
        }
    }
    Ok(())
}
