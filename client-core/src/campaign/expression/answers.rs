//! How an answer looks inside an expression.

use std::collections::HashMap;

use serde_json::Value;

use crate::{FieldId, campaign::decimal::parse_decimal};

/// A field as an expression sees it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::campaign) struct Variable {
    pub(in crate::campaign) id: FieldId,
    pub(in crate::campaign) shape: Shape,
}

/// The type a field has in an expression.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::campaign) enum Shape {
    /// `string`: text, paragraph, date, choice, geopoint, reference.
    Text,
    /// `int`: integer, counter, datetime (milliseconds).
    Integer,
    /// `double`.
    Decimal,
    /// `bool`.
    Boolean,
    /// `list(string)`: ticked codes.
    Codes,
    /// `list(string)`: ids of attachments.
    Files,
    /// `list(map)`: items of a group, with every field of the group.
    Items(Vec<Variable>),
}

impl Shape {
    /// The answer as a value of this type; null, or an empty list, if it is absent or of another type.
    pub(super) fn bind(&self, answer: Option<&Value>) -> cel::Value {
        let elements = answer.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let scalar = match self {
            Self::Text => answer.and_then(Value::as_str).map(cel::Value::from),
            Self::Integer => answer.and_then(Value::as_i64).map(cel::Value::Int),
            Self::Decimal => answer.and_then(Value::as_str).and_then(parse_decimal).map(cel::Value::Float),
            Self::Boolean => answer.and_then(Value::as_bool).map(cel::Value::Bool),
            Self::Codes => Some(list(elements.iter().filter_map(Value::as_str))),
            Self::Files => Some(list(elements.iter().filter_map(|file| file.get("id")?.as_str()))),
            Self::Items(fields) => {
                let item = |item: &Value| {
                    let bound =
                        |field: &Variable| (field.id.to_string(), field.shape.bind(item.get(field.id.as_str())));
                    cel::Value::from(fields.iter().map(bound).collect::<HashMap<_, _>>())
                };
                Some(cel::Value::from(elements.iter().filter(|item| item.is_object()).map(item).collect::<Vec<_>>()))
            }
        };
        scalar.unwrap_or(cel::Value::Null)
    }
}

fn list<'v>(texts: impl Iterator<Item = &'v str>) -> cel::Value {
    cel::Value::from(texts.map(cel::Value::from).collect::<Vec<_>>())
}
