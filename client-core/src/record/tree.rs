//! Everything an Automerge document holds, concurrent values included, read once into plain data.

use std::collections::BTreeMap;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue, Value};

use crate::{
    Actor,
    change::{OpId, Scalar},
    limits::CONTAINER_DEPTH_MAX,
};

/// A map and what stands at each of its keys.
pub(crate) type Map = BTreeMap<String, Place>;

/// The concurrent values at one key, Automerge's winner first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place(pub(crate) Vec<(OpId, Node)>);

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// A scalar; a type the protocol does not have reads as [`Scalar::Null`] and cannot occur.
    Scalar(Scalar),
    /// A map.
    Map(Map),
    /// A text.
    Text(String),
}

impl Place {
    /// The winner.
    pub(crate) fn first(&self) -> Option<&Node> {
        self.0.first().map(|(_, node)| node)
    }

    /// The concurrent maps.
    pub(crate) fn maps(&self) -> impl Iterator<Item = &Map> {
        self.0.iter().filter_map(|(_, node)| if let Node::Map(map) = node { Some(map) } else { None })
    }

    /// The concurrent scalars.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = (OpId, &Scalar)> {
        self.0.iter().filter_map(|(id, node)| if let Node::Scalar(value) = node { Some((*id, value)) } else { None })
    }

    /// The concurrent texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (OpId, &str)> {
        self.0
            .iter()
            .filter_map(|(id, node)| if let Node::Text(text) = node { Some((*id, text.as_str())) } else { None })
    }
}

/// A document that cannot be read; the structure rules let none through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document cannot be read: {0}")]
pub struct TreeError(String);

/// Reads the whole document.
pub(crate) fn read(doc: &Automerge) -> Result<Map, TreeError> {
    map(doc, &ROOT, 0)
}

/// The name of the operation that made an object or value.
pub(crate) fn op_id(id: &ObjId) -> Option<OpId> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some(OpId { counter: *counter, actor: Actor::from_bytes(actor.to_bytes())? }),
    }
}

fn map(doc: &Automerge, object: &ObjId, depth: usize) -> Result<Map, TreeError> {
    if depth > CONTAINER_DEPTH_MAX {
        return Err(TreeError("nested too deeply".into()));
    }
    let mut entries = Map::new();
    for item in doc.map_range(object, ..) {
        let (winner, conflict) = (item.id(), item.conflict);
        let key = item.key.into_owned();
        // One pass reads all winners; only a key with more than one value costs a search.
        let mut place = if conflict {
            let values = doc.get_all(object, key.as_str()).map_err(|e| TreeError(e.to_string()))?;
            values.iter().map(|(value, id)| entry(doc, value, id, depth)).collect::<Result<Vec<_>, _>>()?
        } else {
            vec![entry(doc, &item.value.into_value(), &winner, depth)?]
        };
        place.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        entries.insert(key, Place(place));
    }
    Ok(entries)
}

fn entry(doc: &Automerge, value: &Value<'_>, id: &ObjId, depth: usize) -> Result<(OpId, Node), TreeError> {
    let op = op_id(id).ok_or_else(|| TreeError("a value without a name".into()))?;
    Ok((op, node(doc, value, id, depth)?))
}

fn node(doc: &Automerge, value: &Value<'_>, id: &ObjId, depth: usize) -> Result<Node, TreeError> {
    Ok(match value {
        Value::Object(ObjType::Map) => Node::Map(map(doc, id, depth + 1)?),
        Value::Object(ObjType::Text) => Node::Text(doc.text(id).map_err(|e| TreeError(e.to_string()))?),
        Value::Object(other) => return Err(TreeError(format!("a {other}"))),
        Value::Scalar(scalar) => Node::Scalar(match scalar.as_ref() {
            ScalarValue::Str(text) => Scalar::Text(text.to_string()),
            ScalarValue::Int(value) => Scalar::Int(*value),
            ScalarValue::Boolean(value) => Scalar::Bool(*value),
            ScalarValue::Timestamp(value) => Scalar::Timestamp(*value),
            ScalarValue::Bytes(bytes) => Scalar::Bytes(bytes.clone()),
            _ => Scalar::Null,
        }),
    })
}
