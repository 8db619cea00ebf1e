//! Lists of which all was typed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    FieldId,
    campaign::{FieldKind, Form},
};

/// What an edit writes where what was typed of a list is all of it: what the list had and is not named any more is taken
/// out, and answers of an item that are not named any more are cleared. `base` is what the form was opened with.
pub fn whole_lists(form: &Form, base: &BTreeMap<FieldId, Value>, typed: &mut BTreeMap<FieldId, Value>) {
    for field in &form.fields {
        let is_group = matches!(field.kind, FieldKind::Group(_));
        if let Some(Value::Array(before)) = base.get(&field.id)
            && let Some(Value::Array(items)) = typed.get_mut(&field.id)
            && (is_group || matches!(field.kind, FieldKind::Attachments))
        {
            before.iter().filter_map(Value::as_object).for_each(|item| whole(item, items, is_group));
        }
    }
}

fn whole(item: &Map<String, Value>, items: &mut Vec<Value>, is_group: bool) {
    let Some(id) = item.get("id") else { return };
    let now = items.iter_mut().filter_map(Value::as_object_mut).find(|now| now.get("id") == Some(id));
    let Some(now) = now else {
        let mut out = Map::new();
        out.insert("id".into(), id.clone());
        out.insert("removed".into(), Value::Bool(true));
        items.push(Value::Object(out));
        return;
    };
    for answer in item.keys() {
        if is_group && !now.contains_key(answer) {
            now.insert(answer.clone(), Value::Null);
        }
    }
}
