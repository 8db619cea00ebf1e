//! Whether an answer is of its field's kind.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    BlobId, RecordId,
    campaign::{FieldKind, date::parse_date, decimal::parse_decimal},
    limits::{DECIMAL_ABS_MAX, INTEGER_ABS_MAX},
};

/// Null, blank text and empty lists are no answer.
pub(super) fn is_empty(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

pub(super) fn is_of_kind(answer: &Value, kind: &FieldKind) -> bool {
    let text = answer.as_str();
    match kind {
        FieldKind::Text | FieldKind::Paragraph | FieldKind::Choice(_) => text.is_some(),
        FieldKind::Integer | FieldKind::Counter => {
            answer.as_i64().is_some_and(|int| (-INTEGER_ABS_MAX..=INTEGER_ABS_MAX).contains(&int))
        }
        FieldKind::Decimal => text.and_then(parse_decimal).is_some_and(|number| number.abs() <= DECIMAL_ABS_MAX as f64),
        FieldKind::Boolean => answer.is_boolean(),
        FieldKind::Date => text.and_then(parse_date).is_some(),
        FieldKind::DateTime => answer.as_i64().is_some_and(|ms| Timestamp::from_millisecond(ms).is_ok()),
        FieldKind::Choices(_) => answer.as_array().is_some_and(|codes| codes.iter().all(Value::is_string)),
        FieldKind::Geopoint => text.is_some_and(is_geopoint),
        FieldKind::Reference(_) => text.is_some_and(|text| text.parse::<RecordId>().is_ok()),
        FieldKind::Group(_) => have_ids(answer, |_| true),
        FieldKind::Attachments => have_ids(answer, |id| id.parse::<BlobId>().is_ok()),
    }
}

/// Objects, each with an `id` of its own.
fn have_ids(answer: &Value, is_id: impl Fn(&str) -> bool) -> bool {
    let mut seen = BTreeSet::new();
    answer.as_array().is_some_and(|items| {
        items.iter().all(|item| item.get("id").and_then(Value::as_str).is_some_and(|id| is_id(id) && seen.insert(id)))
    })
}

/// `lat lon alt accuracy`, as ODK writes it: degrees, degrees, metres, metres.
fn is_geopoint(text: &str) -> bool {
    let numbers: Option<Vec<f64>> = text.split(' ').map(parse_decimal).collect();
    let Some([lat, lon, _, accuracy]) = numbers.as_deref() else { return false };
    lat.abs() <= 90.0 && lon.abs() <= 180.0 && *accuracy >= 0.0
}
