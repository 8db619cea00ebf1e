//! Settling a conflict: one of the values that the row lists is written over the others.

use automerge::{
    ObjId, ObjType, ReadDoc as _, ScalarValue, Value as Stored,
    transaction::{Transactable as _, Transaction},
};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    edit::EditError,
    field::{objects, put, root_maps},
};
use crate::{
    campaign::{FieldKind, Form},
    record::{Candidate, Graph, tree::op_id},
};

/// Writes a candidate of the conflict at a path. The candidate is found by the change that set it: the row leaves out
/// what does not fit the field and names equal values once, so its numbers are not those of the values stored.
pub(super) fn settle(
    tx: &mut Transaction<'_>,
    graph: &Graph,
    form: Option<&Form>,
    path: &str,
    candidate: &Candidate,
) -> Result<(), EditError> {
    let (parents, key) = place(tx, form, path)?;
    let mut values = Vec::new();
    for parent in &parents {
        values.extend(tx.get_all(parent, key)?.into_iter().map(|(value, id)| (value.into_owned(), id)));
    }
    let is_chosen = |value: &Stored<'_>, id: &ObjId| {
        let change = op_id(id).and_then(|op| graph.change_of(op));
        change.is_some_and(|change| change.hash == candidate.change) && reads_as(tx, value, id, &candidate.value)
    };
    match values.iter().find(|(value, id)| is_chosen(value, id)) {
        Some((Stored::Scalar(scalar), _)) => put(tx, &parents, key, scalar.as_ref().clone()),
        Some((Stored::Object(ObjType::Text), kept)) => {
            let texts = values.iter().filter(|(value, _)| *value == Stored::Object(ObjType::Text));
            for (_, id) in texts.filter(|(_, id)| id != kept) {
                tx.update_text(id, "")?;
            }
            Ok(())
        }
        // An item that was removed while one of its fields was written: that write says it is not removed.
        None if candidate.value.is_boolean() => {
            put(tx, &parents, key, ScalarValue::Boolean(candidate.value == Value::Bool(true)))
        }
        _ => Err(EditError::NoConflict(path.to_owned())),
    }
}

/// The concurrent maps that hold the values at a path of the row, and the key there.
fn place<'p>(tx: &Transaction<'_>, form: Option<&Form>, path: &'p str) -> Result<(Vec<ObjId>, &'p str), EditError> {
    let mut steps: Vec<&str> = path.split('/').collect();
    let key = steps.pop().unwrap_or_default();
    let (root, steps) = match steps.as_slice() {
        ["meta", rest @ ..] => ("meta", rest),
        all => ("answers", all),
    };
    let is_group = |name: &str| {
        let field = name.parse().ok().and_then(|id| form?.field(&id));
        root == "answers" && field.is_some_and(|field| matches!(field.kind, FieldKind::Group(_)))
    };
    let mut parents = root_maps(tx, root)?;
    for (at, step) in steps.iter().enumerate() {
        parents = below(tx, &parents, step)?;
        // An item's fields lie one level lower than what says whether it is removed.
        let says_removed = steps.len() == 2 && key == "removed";
        if at == 1 && is_group(steps[0]) && !says_removed {
            parents = below(tx, &parents, "fields")?;
        }
    }
    Ok((parents, key))
}

fn below(tx: &Transaction<'_>, parents: &[ObjId], key: &str) -> Result<Vec<ObjId>, EditError> {
    let mut found = Vec::new();
    for parent in parents {
        found.extend(objects(tx, parent, key, ObjType::Map)?);
    }
    Ok(found)
}

/// Whether a stored value is the one a row shows, where texts may be normalised.
fn reads_as(tx: &Transaction<'_>, value: &Stored<'_>, id: &ObjId, shown: &Value) -> bool {
    let reads = |text: &str| shown.as_str().is_some_and(|shown| shown == text || text.nfc().eq(shown.chars()));
    match value {
        Stored::Object(ObjType::Text) => tx.text(id).is_ok_and(|text| reads(&text)),
        Stored::Object(_) => false,
        Stored::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Str(text) => reads(text),
            ScalarValue::Int(number) | ScalarValue::Timestamp(number) => *shown == json!(number),
            ScalarValue::Boolean(value) => *shown == json!(value),
            ScalarValue::Null => shown.is_null(),
            _ => false,
        },
    }
}
