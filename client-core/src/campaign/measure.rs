//! Measures: what is counted or summed over records.

use super::{
    CampaignErrorCode as Code, Expression, Field, FieldKind, FieldPath, Form, Localised, form_reader::Known,
    json::Node, scope::variables_of,
};
use crate::{FormId, MeasureId};

/// Something counted or summed over the records of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name.
    pub id: MeasureId,
    /// The form whose records it reads.
    pub form: FormId,
    /// Its name for people.
    pub label: Localised,
    /// What each record adds.
    pub kind: MeasureKind,
    /// Which records count; all, if absent. A record for which it cannot be evaluated does not count.
    pub filter: Option<Expression>,
    /// The choice and choices fields it is broken down by. With several ticked codes a record counts under each.
    ///
    /// A field of a group is a dimension only of a sum over the same group.
    pub dimensions: Vec<FieldPath>,
}

/// What each record adds to a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasureKind {
    /// One.
    Count,
    /// The value of an integer, decimal or counter field, or the values in all items of a group.
    Sum(FieldPath),
}

impl Measure {
    pub(super) fn read(node: Node<'_>, known: &Known<'_>, forms: &[Form]) -> Option<Self> {
        let object = node.object()?;
        let id = object.need("id").and_then(|node| node.parsed());
        let form_id = object.need("form").and_then(|node| known.form(node));
        let label = object.need("label").and_then(Localised::read);
        // A form with errors of its own is not there to check against.
        let form = form_id.as_ref().and_then(|id| forms.iter().find(|form| form.id == *id));
        let is_sum = object.need("kind").and_then(|node| node.one_of(&[("count", false), ("sum", true)]));
        let summed = match is_sum {
            Some(true) => object.need("field").and_then(|node| {
                let number =
                    |kind: &FieldKind| matches!(kind, FieldKind::Integer | FieldKind::Decimal | FieldKind::Counter);
                read_path(node, form, number, "an integer, decimal or counter")
            }),
            _ => None,
        };
        let filter = object.get("filter").and_then(|node| known.expression(node, &variables_of(form?)));
        let mut dimensions = Vec::new();
        for node in object.list("dimensions") {
            let choice = |kind: &FieldKind| matches!(kind, FieldKind::Choice(_) | FieldKind::Choices(_));
            let Some(path) = read_path(node, form, choice, "a choice or choices") else { continue };
            let same_group = summed.as_ref().is_some_and(|sum| sum.item_field.is_some() && sum.field == path.field);
            if path.item_field.is_some() && !same_group {
                node.error(
                    Code::Misplaced,
                    format!("\"{path}\" is inside a group that this measure does not sum over"),
                );
            }
            dimensions.push(path);
        }
        if is_sum.is_some() {
            object.finish();
        }
        form?;
        let kind = if is_sum? { MeasureKind::Sum(summed?) } else { MeasureKind::Count };
        Some(Self { id: id?, form: form_id?, label: label?, kind, filter, dimensions })
    }
}

fn read_path(
    node: Node<'_>,
    form: Option<&Form>,
    fits: impl Fn(&FieldKind) -> bool,
    expected: &str,
) -> Option<FieldPath> {
    let path: FieldPath = node.parsed()?;
    let form = form?;
    match form.field_at(&path) {
        None => node.error(Code::UnknownReference, format!("the form \"{}\" has no field \"{path}\"", form.id)),
        Some(Field { kind, .. }) if !fits(kind) => {
            node.error(Code::InvalidValue, format!("\"{path}\" is of kind {}, expected {expected}", kind.name()));
        }
        Some(_) => return Some(path),
    }
    None
}
