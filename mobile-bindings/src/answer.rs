//! Answers as an app has them, and as the core has them.

use std::collections::{BTreeMap, HashMap};

use dongbo_core::{FieldId, InvalidId};
use serde_json::{Map, Value, json};

/// The answer to a field. What a field takes follows from its [`FieldKind`](crate::FieldKind).
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Answer {
    /// Of a text, paragraph, decimal (`12.5`), date (`2024-03-01`), choice (its code), reference (a record's id) or
    /// geopoint (`latitude longitude altitude accuracy`).
    Text {
        /// The text.
        text: String,
    },
    /// Of an integer field, or the sum of a counter.
    Integer {
        /// Within ±(2^53 - 2).
        number: i64,
    },
    /// Of a boolean field.
    Boolean {
        /// Yes or no.
        yes: bool,
    },
    /// Of a datetime field.
    Moment {
        /// Milliseconds since the Unix epoch.
        ms: i64,
    },
    /// Of a field with many choices: those ticked.
    Choices {
        /// Their codes.
        codes: Vec<String>,
    },
    /// Of a group list or attachments, in order. Items that are left out are removed.
    Items {
        /// The items.
        items: Vec<Item>,
    },
    /// For writing a counter: adds to it. Additions made while apart add up.
    Add {
        /// May be negative.
        number: i64,
    },
    /// For writing: takes the answer away.
    Nothing,
}

/// An item of a group list or of attachments.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Item {
    /// Its id; none: a new item.
    #[uniffi(default = None)]
    pub id: Option<String>,
    /// Answers by field.
    pub answers: HashMap<String, Answer>,
}

impl Answer {
    /// The answer as a record would have it: what is added to a counter is its sum, new items have ids.
    pub(crate) fn into_saved(self) -> Self {
        match self {
            Self::Add { number } => Self::Integer { number },
            Self::Items { items } => {
                let with_id = |(at, item): (usize, Item)| Item { id: item.id.or_else(|| Some(at.to_string())), ..item };
                Self::Items { items: items.into_iter().enumerate().map(with_id).collect() }
            }
            other => other,
        }
    }
}

/// Answers by field, as an app has them.
pub(crate) type Answers = HashMap<String, Answer>;

/// Answers by field, as the core takes them.
pub(crate) fn to_core(answers: Answers) -> Result<BTreeMap<FieldId, Value>, InvalidId> {
    answers.into_iter().map(|(field, answer)| Ok((field.parse()?, answer.into()))).collect()
}

/// Answers by field, as an app has them. `fields` tells moments from other numbers.
pub(crate) fn from_core(answers: BTreeMap<FieldId, Value>, fields: &[dongbo_core::campaign::Field]) -> Answers {
    let kind = |id: &FieldId| fields.iter().find(|field| field.id == *id).map(|field| &field.kind);
    answers.into_iter().map(|(id, value)| (id.to_string(), from_value(value, kind(&id)))).collect()
}

impl From<Answer> for Value {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Text { text } => text.into(),
            Answer::Integer { number } => number.into(),
            Answer::Boolean { yes } => yes.into(),
            Answer::Moment { ms } => ms.into(),
            Answer::Choices { codes } => codes.into(),
            Answer::Items { items } => items.into_iter().map(Value::from).collect(),
            Answer::Add { number } => json!({"add": number}),
            Answer::Nothing => Self::Null,
        }
    }
}

impl From<Item> for Value {
    fn from(item: Item) -> Self {
        let mut object: Map<String, Self> =
            item.answers.into_iter().map(|(field, answer)| (field, answer.into())).collect();
        if let Some(id) = item.id {
            object.insert("id".into(), id.into());
        }
        Self::Object(object)
    }
}

/// One value; `kind` is unknown for values of fields that the form does not have.
pub(crate) fn from_value(value: Value, kind: Option<&dongbo_core::campaign::FieldKind>) -> Answer {
    use dongbo_core::campaign::FieldKind;
    match (value, kind) {
        (Value::Null, _) => Answer::Nothing,
        (Value::Bool(yes), _) => Answer::Boolean { yes },
        (Value::Number(number), kind) => match (number.as_i64(), kind) {
            (Some(ms), Some(FieldKind::DateTime)) => Answer::Moment { ms },
            (Some(number), _) => Answer::Integer { number },
            (None, _) => Answer::Text { text: number.to_string() },
        },
        (Value::String(text), _) => Answer::Text { text },
        (Value::Array(items), Some(FieldKind::Group(fields))) => {
            Answer::Items { items: items.into_iter().map(|item| from_item(item, fields)).collect() }
        }
        (Value::Array(items), Some(FieldKind::Attachments)) => {
            Answer::Items { items: items.into_iter().map(|item| from_item(item, &[])).collect() }
        }
        (Value::Array(items), _) if items.iter().all(Value::is_string) => {
            Answer::Choices { codes: items.into_iter().filter_map(|code| code.as_str().map(str::to_owned)).collect() }
        }
        // A draft of a counter is `{"add": n}`; anything else of this shape is shown as it is written.
        (Value::Object(object), _) => match object.get("add").and_then(Value::as_i64) {
            Some(number) if object.len() == 1 => Answer::Add { number },
            _ => Answer::Text { text: Value::Object(object).to_string() },
        },
        (other, _) => Answer::Text { text: other.to_string() },
    }
}

fn from_item(item: Value, fields: &[dongbo_core::campaign::Field]) -> Item {
    let Value::Object(mut object) = item else {
        return Item { id: None, answers: [("value".to_owned(), from_value(item, None))].into() };
    };
    let id = object.remove("id").and_then(|id| id.as_str().map(str::to_owned));
    let kind = |name: &str| fields.iter().find(|field| field.id.as_str() == name).map(|field| &field.kind);
    let answers = object.into_iter().map(|(name, value)| {
        let answer = from_value(value, kind(&name));
        (name, answer)
    });
    Item { id, answers: answers.collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use dongbo_core::campaign::FieldKind;

    #[test]
    fn answers_survive_both_ways() {
        let list = "themes".parse().unwrap();
        for (answer, kind) in [
            (Answer::Text { text: "Tổ công nghệ số cộng đồng thôn Đông".into() }, FieldKind::Text),
            (Answer::Integer { number: -3 }, FieldKind::Integer),
            (Answer::Boolean { yes: true }, FieldKind::Boolean),
            (Answer::Moment { ms: 1_728_540_000_000 }, FieldKind::DateTime),
            (Answer::Choices { codes: vec!["ND.1".into(), "ND.3".into()] }, FieldKind::Choices(list)),
            (Answer::Add { number: 5 }, FieldKind::Counter),
            (Answer::Nothing, FieldKind::Date),
            (
                Answer::Items {
                    items: vec![Item {
                        id: Some("7f1d3c1e-0000-4000-8000-000000000001".into()),
                        answers: [("name".to_owned(), Answer::Text { text: "Nguyễn Thị Hòa".into() })].into(),
                    }],
                },
                FieldKind::Group(vec![]),
            ),
        ] {
            assert_eq!(from_value(answer.clone().into(), Some(&kind)), answer);
        }
    }
}
