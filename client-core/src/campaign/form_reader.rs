//! Reads forms.

use std::collections::BTreeSet;

use super::{
    CampaignErrorCode as Code, ChoiceList, Expression, Field, FieldKind, Form, Localised, Unique,
    expression::{Language, Variable},
    field_reader::Group,
    json::Node,
    scope::variables,
};
use crate::{ChoiceListId, FieldId, FormId, limits::FORM_FIELDS_MAX};

/// What fields may refer to.
pub(super) struct Known<'c> {
    pub(super) lists: &'c [ChoiceList],
    pub(super) forms: &'c BTreeSet<FormId>,
    pub(super) language: &'c Language,
}

impl Known<'_> {
    pub(super) fn form(&self, node: Node<'_>) -> Option<FormId> {
        let form: FormId = node.parsed()?;
        if !self.forms.contains(&form) {
            node.error(Code::UnknownReference, format!("there is no form \"{form}\""));
        }
        Some(form)
    }

    pub(super) fn list(&self, node: Node<'_>) -> Option<ChoiceListId> {
        let list: ChoiceListId = node.parsed()?;
        if !self.lists.iter().any(|known| known.id == list) {
            node.error(Code::UnknownReference, format!("there is no choice list \"{list}\""));
        }
        Some(list)
    }

    pub(super) fn expression(&self, node: Node<'_>, scope: &[Variable]) -> Option<Expression> {
        let compiled = Expression::compile(node.text()?, scope, self.language);
        compiled.map_err(|message| node.error(Code::Expression, message)).ok()
    }

    pub(super) fn read_form(&self, node: Node<'_>) -> Option<Form> {
        let object = node.object()?;
        let scope = variables(&object);
        let id = object.need("id").and_then(|node| node.parsed());
        let title = object.need("title").and_then(Localised::read);
        let write_once = object.flag("write_once");
        let mut count = 0;
        let fields: Option<Vec<Field>> =
            object.need("fields").map(|node| self.read_fields(node, &scope, Group::Outside, &mut count));
        if count > FORM_FIELDS_MAX {
            node.error(Code::TooLarge, format!("the form has {count} fields; at most {FORM_FIELDS_MAX} are allowed"));
        }
        let constraints = self.read_constraints(&object, &scope);
        let known = |node: Node<'_>| {
            let field: FieldId = node.parsed()?;
            let found = fields.iter().flatten().find(|known| known.id == field);
            if found.is_none() && !scope.iter().any(|known| known.id == field) {
                node.error(Code::UnknownReference, format!("this form has no field \"{field}\""));
            }
            Some((field, found))
        };
        let title_field = object.get("title_field").and_then(|node| Some(known(node)?.0));
        let date_field = object.get("date_field").and_then(|node| {
            let (field, found) = known(node)?;
            if found.is_some_and(|found| !matches!(found.kind, FieldKind::Date | FieldKind::DateTime)) {
                node.error(Code::InvalidValue, format!("\"{field}\" is neither a date nor a datetime"));
            }
            Some(field)
        });
        let unique = object.get("unique").and_then(|node| {
            let object = node.object()?;
            let with_unit = object.flag("with_unit");
            let fields = object.list("fields").into_iter().filter_map(|node| Some(known(node)?.0)).collect();
            object.finish();
            let unique = Unique { with_unit, fields };
            if !unique.with_unit && unique.fields.is_empty() {
                node.error(Code::InvalidValue, "name at least the unit or one field, else all records are duplicates");
            }
            Some(unique)
        });
        object.finish();
        let (id, title, fields) = (id?, title?, fields?);
        Some(Form { id, title, write_once, unique, title_field, date_field, constraints, fields })
    }
}
