//! What is not right about a record's answers. Issues are shown; they never block a save or a sync.

mod filling;
mod message;
mod value;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};

pub use filling::{Filling, FillingField};

use self::message::Message;
use super::{
    Bound, Campaign, Constraint, Expression, Field, FieldKind, Form, date::parse_date, decimal::parse_decimal,
};
use crate::{
    FieldId,
    limits::{LIST_ITEMS_MAX, PARAGRAPH_BYTES_MAX, TEXT_BYTES_MAX},
    record::Issue,
};

type Answers = BTreeMap<FieldId, Value>;

impl Form {
    /// Everything that is not right about these answers, in the order of the fields. Never fails, whatever they are.
    ///
    /// Answers are JSON as in [`crate::record::Row`]. Answers of irrelevant fields and of fields the form does not
    /// have are kept and not checked. No message repeats an answer, so issues hold no personal data.
    pub fn issues(&self, answers: &Answers, campaign: &Campaign) -> Vec<Issue> {
        let mut check = Check { campaign, answers, issues: Vec::new() };
        for field in &self.fields {
            check.field(field, answers.get(&field.id), None, field.id.as_str());
        }
        check.closing_date(self);
        check.constraints(&self.constraints, None, "");
        check.issues
    }
}

struct Check<'c> {
    campaign: &'c Campaign,
    answers: &'c Answers,
    issues: Vec<Issue>,
}

/// An item of a group and the fields it may have.
#[derive(Clone, Copy)]
struct Item<'c> {
    values: &'c Map<String, Value>,
    fields: &'c [Field],
}

impl<'c> Check<'c> {
    fn add(&mut self, path: &str, message: Message<'_>) {
        self.issues.push(message.issue(path));
    }

    /// `None` where a value the expression needs is absent or of another type.
    fn holds(&self, expression: &Expression, item: Option<Item<'_>>) -> Option<bool> {
        let answer = |field: &FieldId| match item {
            Some(item) if item.fields.iter().any(|own| own.id == *field) => item.values.get(field.as_str()),
            _ => self.answers.get(field),
        };
        expression.evaluate_with(answer).ok()
    }

    /// A field is asked unless its condition is known not to hold.
    fn is_relevant(&self, field: &Field, item: Option<Item<'_>>) -> bool {
        field.relevant.as_ref().is_none_or(|relevant| self.holds(relevant, item) != Some(false))
    }

    fn field(&mut self, field: &'c Field, answer: Option<&'c Value>, item: Option<Item<'c>>, path: &str) {
        if !self.is_relevant(field, item) {
            return;
        }
        let Some(answer) = answer.filter(|answer| !value::is_empty(answer)) else {
            if field.required {
                self.add(path, Message::Required(field));
            }
            return;
        };
        if !value::is_of_kind(answer, &field.kind) {
            self.add(path, Message::Type(field));
            return;
        }
        self.limits(field, answer, path);
        self.bounds(field, answer, path);
        if let (Some(pattern), Value::String(text)) = (&field.pattern, answer)
            && !pattern.matches(text)
        {
            self.add(path, Message::Pattern(field));
        }
        self.choices(field, answer, path);
        if let (FieldKind::Group(fields), Value::Array(items)) = (&field.kind, answer) {
            for values in items.iter().filter_map(Value::as_object) {
                let id = values.get("id").and_then(Value::as_str).unwrap_or_default();
                for inner in fields {
                    let path = format!("{path}/{id}/{}", inner.id);
                    self.field(inner, values.get(inner.id.as_str()), Some(Item { values, fields }), &path);
                }
            }
        }
        self.constraints(&field.constraints, item, path);
    }

    fn limits(&mut self, field: &Field, answer: &Value, path: &str) {
        let too_long = match (&field.kind, answer) {
            (FieldKind::Text, Value::String(text)) => text.len() > TEXT_BYTES_MAX,
            (FieldKind::Paragraph, Value::String(text)) => text.len() > PARAGRAPH_BYTES_MAX,
            (_, Value::Array(items)) => items.len() > LIST_ITEMS_MAX,
            _ => false,
        };
        if too_long {
            self.add(path, Message::TooLong(field));
        }
    }

    fn bounds(&mut self, field: &Field, answer: &Value, path: &str) {
        let size = match (&field.kind, answer) {
            (FieldKind::Date, Value::String(text)) => parse_date(text).map(Bound::Date),
            (FieldKind::Decimal, Value::String(text)) => parse_decimal(text).map(Bound::Number),
            (FieldKind::Text | FieldKind::Paragraph, Value::String(text)) => {
                Some(Bound::Number(text.chars().count() as f64))
            }
            (_, Value::Number(number)) => number.as_f64().map(Bound::Number),
            (_, Value::Array(items)) => Some(Bound::Number(items.len() as f64)),
            _ => None,
        };
        let Some(size) = size else { return };
        if let Some(min) = field.min.filter(|min| is_below(size, *min)) {
            self.add(path, Message::Min(field, min));
        }
        if let Some(max) = field.max.filter(|max| is_below(*max, size)) {
            self.add(path, Message::Max(field, max));
        }
    }

    fn choices(&mut self, field: &Field, answer: &Value, path: &str) {
        let (FieldKind::Choice(list) | FieldKind::Choices(list)) = &field.kind else { return };
        let Some(list) = self.campaign.choice_list(list) else { return };
        let codes = answer.as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
        if codes.iter().filter_map(Value::as_str).any(|code| list.choice(code).is_none()) {
            self.add(path, Message::UnknownChoice(field));
        }
    }

    fn constraints(&mut self, constraints: &[Constraint], item: Option<Item<'_>>, path: &str) {
        for constraint in constraints {
            if self.holds(&constraint.expression, item) == Some(false) {
                self.add(path, Message::Constraint(&constraint.message));
            }
        }
    }

    /// A record dated after the campaign's last day is kept and shown (plan 244, "đến hết ngày 31/12/2025").
    fn closing_date(&mut self, form: &'c Form) {
        let (Some(closes_on), Some(id)) = (self.campaign.closes_on(), &form.date_field) else { return };
        let Some(field) = form.field(id) else { return };
        let date: Option<Date> = match self.answers.get(id) {
            Some(Value::String(text)) => parse_date(text),
            Some(Value::Number(ms)) => ms.as_i64().and_then(|ms| {
                let instant = Timestamp::from_millisecond(ms).ok()?;
                Some(self.campaign.time_zone().to_datetime(instant).date())
            }),
            _ => None,
        };
        if date.is_some_and(|date| date > closes_on) {
            self.add(id.as_str(), Message::AfterClose(field, closes_on));
        }
    }
}

fn is_below(value: Bound, bound: Bound) -> bool {
    match (value, bound) {
        (Bound::Number(value), Bound::Number(bound)) => value < bound,
        (Bound::Date(value), Bound::Date(bound)) => value < bound,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
