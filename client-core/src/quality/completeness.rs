//! Đủ: how much of what must be answered is.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    FieldId,
    campaign::{Field, FieldKind, Form},
    record::Row,
};

/// Required answers that are there, of those that must be. Sums over rows are made by adding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// Required fields that are relevant and answered.
    pub answered: u64,
    /// Required fields that are relevant.
    pub required: u64,
}

impl Completeness {
    /// From 0 to 1; `None` where nothing is required.
    pub fn share(&self) -> Option<f64> {
        (self.required > 0).then(|| self.answered as f64 / self.required as f64)
    }
}

/// Counts a row's required fields as [`Form::issues`] does: one is asked unless its condition of relevance is false; in
/// a group that is asked, each item's required fields count one by one; null, blank text and empty lists are no answer.
/// So `required - answered` is the number of the row's issues `required`.
pub fn completeness(form: &Form, row: &Row) -> Completeness {
    let mut found = Completeness::default();
    for field in form.fields.iter().filter(|field| is_relevant(field, &row.answers)) {
        let answer = row.answers.get(&field.id).filter(|answer| is_answer(answer));
        found.count(field, answer.is_some());
        if let (FieldKind::Group(fields), Some(Value::Array(items))) = (&field.kind, answer) {
            for item in items.iter().filter_map(Value::as_object) {
                let answers = answers_of(item, fields, &row.answers);
                for field in fields.iter().filter(|field| is_relevant(field, &answers)) {
                    found.count(field, item.get(field.id.as_str()).is_some_and(is_answer));
                }
            }
        }
    }
    found
}

impl Completeness {
    fn count(&mut self, field: &Field, answered: bool) {
        if field.required {
            self.required += 1;
            self.answered += u64::from(answered);
        }
    }
}

impl std::ops::AddAssign for Completeness {
    fn add_assign(&mut self, other: Self) {
        self.answered += other.answered;
        self.required += other.required;
    }
}

fn is_relevant(field: &Field, answers: &BTreeMap<FieldId, Value>) -> bool {
    field.relevant.as_ref().is_none_or(|relevant| relevant.evaluate(answers) != Ok(false))
}

/// What an item's conditions see: its own fields, then those of the record.
fn answers_of(
    item: &Map<String, Value>,
    fields: &[Field],
    answers: &BTreeMap<FieldId, Value>,
) -> BTreeMap<FieldId, Value> {
    let mut seen = answers.clone();
    for field in fields {
        match item.get(field.id.as_str()) {
            Some(value) => seen.insert(field.id.clone(), value.clone()),
            None => seen.remove(&field.id),
        };
    }
    seen
}

fn is_answer(answer: &Value) -> bool {
    match answer {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
