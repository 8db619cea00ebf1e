//! Sections that say which field of a form plays which part, such as "the numerator is the field `numerator`".

use super::{
    CampaignErrorCode as Code, FieldKind, Form,
    json::{Node, ObjectNode},
};
use crate::{FieldId, FormId};

/// Forms that sections may name.
pub(super) struct Forms<'c> {
    pub(super) all: &'c [Form],
    /// Whether a form is in the text at all: one with errors of its own is not there to check against.
    pub(super) is_form: &'c dyn Fn(&FormId) -> bool,
}

impl<'c> Forms<'c> {
    /// The form with this id, if it could be read.
    pub(super) fn form_quietly(&self, id: &FormId) -> Option<&'c Form> {
        self.all.iter().find(|form| form.id == *id)
    }

    /// The form that a key names.
    pub(super) fn form(&self, object: &ObjectNode<'_>, key: &'static str) -> Option<&'c Form> {
        self.form_at(object.need(key)?)
    }

    /// The form that a value names.
    pub(super) fn form_at(&self, node: Node<'_>) -> Option<&'c Form> {
        let id: FormId = node.parsed()?;
        let found = self.all.iter().find(|form| form.id == id);
        if found.is_none() && !(self.is_form)(&id) {
            node.error(Code::UnknownReference, format!("there is no form \"{id}\""));
        }
        found
    }
}

/// The field that a key of the object names: of this form, and of a kind that fits.
pub(super) fn field(
    object: &ObjectNode<'_>,
    key: &'static str,
    form: Option<&Form>,
    kinds: &[&str],
) -> Option<FieldId> {
    named_field(object.need(key)?, form, kinds)
}

/// As [`field`], where the key may be absent.
pub(super) fn optional_field(
    object: &ObjectNode<'_>,
    key: &'static str,
    form: Option<&Form>,
    kinds: &[&str],
) -> Option<FieldId> {
    named_field(object.get(key)?, form, kinds)
}

fn named_field(node: Node<'_>, form: Option<&Form>, kinds: &[&str]) -> Option<FieldId> {
    let id: FieldId = node.parsed()?;
    let form = form?;
    match form.field(&id) {
        None => node.error(Code::UnknownReference, format!("the form \"{}\" has no field \"{id}\"", form.id)),
        Some(field) if !kinds.contains(&field.kind.name()) => {
            let message = format!("\"{id}\" is of kind {}, expected {}", field.kind.name(), kinds.join(" or "));
            node.error(Code::InvalidValue, message);
        }
        Some(_) => return Some(id),
    }
    None
}

impl Form {
    /// The field by which a record of this form refers to one of another form.
    pub fn reference_to(&self, form: &FormId) -> Option<&FieldId> {
        let refers = |kind: &FieldKind| matches!(kind, FieldKind::Reference(to) if to == form);
        self.fields.iter().find(|field| refers(&field.kind)).map(|field| &field.id)
    }
}
