//! Fields: one question of a form.

use jiff::civil::Date;
use regex::Regex;

use super::{Expression, Localised};
use crate::{ChoiceListId, FieldId, FormId};

/// One question of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in answers and expressions: `[a-z][a-z0-9_]*`.
    pub id: FieldId,
    /// What an answer looks like.
    pub kind: FieldKind,
    /// The question.
    pub label: Localised,
    /// Help with answering.
    pub hint: Option<Localised>,
    /// Whether an answer is needed while the field is relevant.
    pub required: bool,
    /// When the field is asked at all; always, if absent. An irrelevant answer is kept and not checked.
    pub relevant: Option<Expression>,
    /// What must hold once it is answered.
    pub constraints: Vec<Constraint>,
    /// Least value: of a number or date, of the length of a text in characters, of the number of items of a list.
    pub min: Option<Bound>,
    /// Greatest value, likewise.
    pub max: Option<Bound>,
    /// What the whole of a text must match.
    pub pattern: Option<Pattern>,
    /// Whether a new record begins with the answer of the unit's newest record of the form.
    pub prefill: bool,
    /// Whether answers are personal data: never in logs, metrics, URLs or open data.
    pub personal: bool,
}

/// What an answer looks like; its JSON is described at [`crate::record::Row`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// Text that several people may edit at once.
    Paragraph,
    /// A whole number within ±(2^53 - 2).
    Integer,
    /// A decimal number, kept as text.
    Decimal,
    /// A whole number that concurrent additions add up in.
    Counter,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// An instant.
    DateTime,
    /// One code of a list.
    Choice(ChoiceListId),
    /// Any number of codes of a list.
    Choices(ChoiceListId),
    /// `lat lon alt accuracy`.
    Geopoint,
    /// A list of items, each with these fields. Groups do not nest.
    Group(Vec<Field>),
    /// A record of this form.
    Reference(FormId),
    /// Files.
    Attachments,
}

impl FieldKind {
    /// The kind's name in a campaign's text.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Paragraph => "paragraph",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Counter => "counter",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Choice(_) => "choice",
            Self::Choices(_) => "choices",
            Self::Geopoint => "geopoint",
            Self::Group(_) => "group",
            Self::Reference(_) => "reference",
            Self::Attachments => "attachments",
        }
    }
}

/// A condition and what to tell people when it does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// What must hold.
    pub expression: Expression,
    /// What to say when it does not.
    pub message: Localised,
}

/// The least or greatest value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Of a number, a length or a number of items.
    Number(f64),
    /// Of a date.
    Date(Date),
}

/// A regular expression that must match the whole text, in linear time.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As it was written.
    pub source: String,
    pub(super) regex: Regex,
}

impl Pattern {
    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
