//! Lists of which all was typed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    FieldId,
    campaign::{FieldKind, Form},
};

/// What an edit writes where what was typed of a list is all of it: what the list had and is not named any more is taken
/// out, and answers of an item that are not named any more are cleared. `base` is what the form was opened with.
pub fn whole_lists(
    form: &Form,
    base: &BTreeMap<FieldId, Value>,
    mut typed: BTreeMap<FieldId, Value>,
) -> BTreeMap<FieldId, Value> {
    for field in &form.fields {
        let is_group = matches!(field.kind, FieldKind::Group(_));
        if !is_group && !matches!(field.kind, FieldKind::Attachments) {
            continue;
        }
        let (Some(Value::Array(before)), Some(Value::Array(items))) = (base.get(&field.id), typed.get_mut(&field.id))
        else {
            continue;
        };
        let named: BTreeSet<String> = items.iter().filter_map(id_of).collect();
        for item in before {
            let Some(id) = id_of(item) else { continue };
            if !named.contains(&id) {
                items.push(json!({"id": id, "removed": true}));
            } else if is_group
                && let Some(Value::Object(now)) = items.iter_mut().find(|now| id_of(now).as_ref() == Some(&id))
            {
                for (answer, _) in item.as_object().into_iter().flatten() {
                    now.entry(answer.clone()).or_insert(Value::Null);
                }
            }
        }
    }
    typed
}

fn id_of(item: &Value) -> Option<String> {
    item.get("id").and_then(Value::as_str).map(str::to_owned)
}
