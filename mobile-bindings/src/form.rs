//! Forms, choice lists and units, so that an app can draw any form of any campaign.

use dongbo_core::campaign as core;

/// A text in both languages; Vietnamese comes first everywhere.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Localised {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// The schema of one kind of record.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Form {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: Localised,
    /// Whether a record accepts one change only; a mistake is annulled by a new record.
    pub write_once: bool,
    /// The field that names a record in lists.
    pub title_field: Option<String>,
    /// The date field that decides the month a record counts in.
    pub date_field: Option<String>,
    /// The questions, in the order in which they are asked.
    pub fields: Vec<Field>,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Field {
    /// Its id, the key of its answer.
    pub id: String,
    /// What an answer looks like.
    pub kind: FieldKind,
    /// The question.
    pub label: Localised,
    /// Help with answering.
    pub hint: Option<Localised>,
    /// Whether an answer is needed while the field is asked.
    pub required: bool,
    /// Whether it is asked only under a condition: [`Replica::check`](crate::Replica::check) says whether it is now.
    pub conditional: bool,
    /// Least value: of a number (`0`), a date (`2022-01-01`), the length of a text, the number of items.
    pub min: Option<String>,
    /// Greatest value, likewise.
    pub max: Option<String>,
    /// Whether answers are personal data.
    pub personal: bool,
    /// The list of a choice or choices field.
    pub choices: Option<String>,
    /// The form of the records that a reference may name.
    pub references: Option<String>,
    /// The fields of the items of a group list.
    pub fields: Vec<Field>,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FieldKind {
    /// One line of text, up to 4 KiB.
    Text,
    /// Text of several lines, up to 64 KiB, that several people may edit at once.
    Paragraph,
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// A whole number in which additions made apart add up.
    Counter,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// An instant.
    Moment,
    /// One code of a list.
    Choice,
    /// Any number of codes of a list.
    Choices,
    /// `latitude longitude altitude accuracy`.
    Geopoint,
    /// A list of items with fields of their own.
    Group,
    /// Another record.
    Reference,
    /// Files, by what describes them.
    Attachments,
    /// A kind that this version of the library does not know: show the answer, do not ask.
    Unknown,
}

/// A list of choices, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChoiceList {
    /// Its id.
    pub id: String,
    /// What it is, for people.
    pub label: Localised,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What is shown.
    pub label: Localised,
    /// Offered no more; an answer that has it stays valid.
    pub retired: bool,
}

/// A unit of the tree. (Not named `Unit`: that is a type of Kotlin's and of Swift's.)
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrgUnit {
    /// Its id.
    pub id: String,
    /// The unit above.
    pub parent: Option<String>,
    /// The official code; codes are reused over time.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its level, as the campaign names it.
    pub level: String,
    /// From when, milliseconds since the Unix epoch; none: since before the campaign.
    pub valid_from_ms: Option<i64>,
    /// From when it is no more; none: it still is.
    pub valid_to_ms: Option<i64>,
    /// What it became.
    pub successors: Vec<String>,
}

/// A form, and the units for which the person may make records of it now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Creatable {
    /// The form.
    pub form: String,
    /// The units.
    pub units: Vec<String>,
}

/// What a form says to the answers so far. None of it keeps anybody from saving.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Check {
    /// Every field in the order in which it is asked; after a group the fields of each of its items.
    pub fields: Vec<FieldCheck>,
    /// What is not right about the record as a whole.
    pub issues: Vec<crate::Issue>,
}

/// What a form says of one field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FieldCheck {
    /// Where: `title`, or `authors/{item}/name`.
    pub path: String,
    /// Whether it is asked now.
    pub relevant: bool,
    /// Whether it must be answered now.
    pub required: bool,
    /// What is not right about its answer.
    pub issues: Vec<crate::Issue>,
}

impl From<core::Filling> for Check {
    fn from(filling: core::Filling) -> Self {
        let issues = |issues: Vec<dongbo_core::record::Issue>| issues.into_iter().map(crate::Issue::from).collect();
        let field = |field: core::FillingField| FieldCheck {
            path: field.path,
            relevant: field.relevant,
            required: field.required,
            issues: issues(field.issues),
        };
        Self { fields: filling.fields.into_iter().map(field).collect(), issues: issues(filling.issues) }
    }
}

impl From<&core::Localised> for Localised {
    fn from(text: &core::Localised) -> Self {
        Self { vi: text.vi.clone(), en: text.en.clone() }
    }
}

impl From<&core::Form> for Form {
    fn from(form: &core::Form) -> Self {
        Self {
            id: form.id.to_string(),
            title: (&form.title).into(),
            write_once: form.write_once,
            title_field: form.title_field.as_ref().map(ToString::to_string),
            date_field: form.date_field.as_ref().map(ToString::to_string),
            fields: form.fields.iter().map(Field::from).collect(),
        }
    }
}

impl From<&core::Field> for Field {
    fn from(field: &core::Field) -> Self {
        use core::FieldKind as Kind;
        let bound = |bound: &core::Bound| match bound {
            core::Bound::Number(number) => number.to_string(),
            core::Bound::Date(date) => date.to_string(),
        };
        Self {
            id: field.id.to_string(),
            kind: (&field.kind).into(),
            label: (&field.label).into(),
            hint: field.hint.as_ref().map(Localised::from),
            required: field.required,
            conditional: field.relevant.is_some(),
            min: field.min.as_ref().map(bound),
            max: field.max.as_ref().map(bound),
            personal: field.personal,
            choices: match &field.kind {
                Kind::Choice(list) | Kind::Choices(list) => Some(list.to_string()),
                _ => None,
            },
            references: match &field.kind {
                Kind::Reference(form) => Some(form.to_string()),
                _ => None,
            },
            fields: match &field.kind {
                Kind::Group(fields) => fields.iter().map(Self::from).collect(),
                _ => Vec::new(),
            },
        }
    }
}

impl From<&core::FieldKind> for FieldKind {
    fn from(kind: &core::FieldKind) -> Self {
        use core::FieldKind as Kind;
        match kind {
            Kind::Text => Self::Text,
            Kind::Paragraph => Self::Paragraph,
            Kind::Integer => Self::Integer,
            Kind::Decimal => Self::Decimal,
            Kind::Counter => Self::Counter,
            Kind::Boolean => Self::Boolean,
            Kind::Date => Self::Date,
            Kind::DateTime => Self::Moment,
            Kind::Choice(_) => Self::Choice,
            Kind::Choices(_) => Self::Choices,
            Kind::Geopoint => Self::Geopoint,
            Kind::Group(_) => Self::Group,
            Kind::Reference(_) => Self::Reference,
            Kind::Attachments => Self::Attachments,
            _ => Self::Unknown,
        }
    }
}

impl From<&core::ChoiceList> for ChoiceList {
    fn from(list: &core::ChoiceList) -> Self {
        let choice = |choice: &core::Choice| Choice {
            code: choice.code.to_string(),
            label: (&choice.label).into(),
            retired: choice.retired,
        };
        Self {
            id: list.id.to_string(),
            label: (&list.label).into(),
            choices: list.choices().iter().map(choice).collect(),
        }
    }
}

impl From<&dongbo_core::unit::Unit> for OrgUnit {
    fn from(unit: &dongbo_core::unit::Unit) -> Self {
        Self {
            id: unit.id.to_string(),
            parent: unit.parent.as_ref().map(ToString::to_string),
            code: unit.code.clone(),
            name: unit.name.clone(),
            level: unit.level.clone(),
            valid_from_ms: unit.valid_from_ms,
            valid_to_ms: unit.valid_to_ms,
            successors: unit.successors.iter().map(ToString::to_string).collect(),
        }
    }
}
