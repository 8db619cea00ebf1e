//! Once typed, not typed again.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{FieldId, UnitId, campaign::Form, record::Row};

/// What a new record of this form begins with: for each field that asks for it, the answer of the unit's newest record that has
/// one. `rows` may hold other forms and units; they are passed over, as is what was withdrawn. What is dated after the campaign's
/// last day counts in no figure, and still says where the unit meets.
pub fn prefill<'r>(form: &Form, unit: &UnitId, rows: impl IntoIterator<Item = &'r Row>) -> BTreeMap<FieldId, Value> {
    let mut rows: Vec<&Row> =
        rows.into_iter().filter(|row| row.form == form.id && row.unit == *unit && row.withdrawn.is_none()).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.record));
    let filled = form.fields.iter().filter(|field| field.prefill);
    let newest = |field: &FieldId| rows.iter().find_map(|row| row.answers.get(field).cloned());
    filled.filter_map(|field| Some((field.id.clone(), newest(&field.id)?))).collect()
}
