//! Forms: the schema of one kind of record.

use super::{Constraint, Field, FieldKind, Localised};
use crate::{FieldId, FormId};

/// The schema of one kind of record.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its name.
    pub id: FormId,
    /// Its name for people.
    pub title: Localised,
    /// Whether a record accepts one change only; a mistake is annulled by a new record.
    pub write_once: bool,
    /// What two records of this form must not share.
    pub unique: Option<Unique>,
    /// The field that names a record in lists.
    pub title_field: Option<FieldId>,
    /// The date or datetime that decides the month a record counts in; the creation time, if absent.
    pub date_field: Option<FieldId>,
    /// Conditions over the record as a whole.
    pub constraints: Vec<Constraint>,
    /// The questions, in the order in which they are asked.
    pub fields: Vec<Field>,
}

/// Records that share all of this are one duplicate set: all kept and shown, counted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Whether the unit is part of it.
    pub with_unit: bool,
    /// The fields whose answers are part of it.
    pub fields: Vec<FieldId>,
}

impl Form {
    /// The top-level field with this id.
    pub fn field(&self, id: &FieldId) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == *id)
    }

    /// The field at a path of one step (`title`) or two (`authors/name`).
    pub fn field_at(&self, path: &FieldPath) -> Option<&Field> {
        let outer = self.field(&path.field)?;
        match (&path.item_field, &outer.kind) {
            (None, _) => Some(outer),
            (Some(inner), FieldKind::Group(fields)) => fields.iter().find(|field| field.id == *inner),
            (Some(_), _) => None,
        }
    }
}

/// A field of a form (`title`) or of the items of a group (`authors/name`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath {
    /// The top-level field.
    pub field: FieldId,
    /// The field of its items, if the path goes into a group.
    pub item_field: Option<FieldId>,
}

impl std::str::FromStr for FieldPath {
    type Err = crate::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once('/') {
            Some((field, item_field)) => Self { field: field.parse()?, item_field: Some(item_field.parse()?) },
            None => Self { field: text.parse()?, item_field: None },
        })
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.field.fmt(f)?;
        self.item_field.as_ref().map_or(Ok(()), |inner| write!(f, "/{inner}"))
    }
}
