//! What an app that draws a form shows while it is being filled: the same rules by which a row gets its issues.

use serde::Serialize;
use serde_json::Value;

use super::{Answers, Check, Item};
use crate::{
    campaign::{Campaign, Field, FieldKind, Form},
    record::Issue,
};

/// A form with the answers so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filling {
    /// Every field in the order in which it is asked; after a group the fields of each of its items.
    pub fields: Vec<FillingField>,
    /// What is not right about the record as a whole.
    pub issues: Vec<Issue>,
}

/// A field of a form that is being filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FillingField {
    /// Where: `title`, or `authors/ITEM/name` with the item's id, as issues name it.
    pub path: String,
    /// Whether it is asked now. Where its condition cannot be decided yet (the size of an absent number), it is.
    pub relevant: bool,
    /// Whether it must be answered now.
    pub required: bool,
    /// What is not right about it, as the saved row would say.
    pub issues: Vec<Issue>,
}

impl Filling {
    /// Whether nothing is missing or wrong. What is not may be saved all the same.
    pub fn is_complete(&self) -> bool {
        self.issues.is_empty() && self.fields.iter().all(|field| field.issues.is_empty())
    }

    /// The field at a path.
    pub fn field(&self, path: &str) -> Option<&FillingField> {
        self.fields.iter().find(|field| field.path == path)
    }
}

impl Form {
    /// What to show for these answers; they are JSON as in [`crate::record::Row`]. Never fails, whatever they are.
    pub fn filling(&self, answers: &Answers, campaign: &Campaign) -> Filling {
        let check = Check { campaign, answers, issues: Vec::new() };
        let mut fields = Vec::new();
        for field in &self.fields {
            check.show(field, answers.get(&field.id), None, field.id.as_str(), &mut fields);
        }
        let mut issues = self.issues(answers, campaign);
        for field in &mut fields {
            field.issues = issues.extract_if(.., |issue| issue.field == field.path).collect();
        }
        Filling { fields, issues }
    }
}

impl<'c> Check<'c> {
    fn show(
        &self,
        field: &'c Field,
        answer: Option<&'c Value>,
        item: Option<Item<'c>>,
        path: &str,
        shown: &mut Vec<FillingField>,
    ) {
        let relevant = self.is_relevant(field, item);
        let required = relevant && field.required;
        shown.push(FillingField { path: path.to_owned(), relevant, required, issues: Vec::new() });
        if !relevant {
            return;
        }
        let (FieldKind::Group(fields), Some(Value::Array(items))) = (&field.kind, answer) else { return };
        for values in items.iter().filter_map(Value::as_object) {
            let id = values.get("id").and_then(Value::as_str).unwrap_or_default();
            for inner in fields {
                let path = format!("{path}/{id}/{}", inner.id);
                self.show(inner, values.get(inner.id.as_str()), Some(Item { values, fields }), &path, shown);
            }
        }
    }
}
