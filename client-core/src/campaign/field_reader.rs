//! Reads fields.

use std::collections::BTreeSet;

use regex::RegexBuilder;

use super::{
    Bound, CampaignErrorCode as Code, Constraint, Field, FieldKind, Localised, Pattern,
    date::parse_date,
    expression::Variable,
    form_reader::Known,
    json::{Node, ObjectNode},
    scope::variables,
};
use crate::{FieldId, limits::PATTERN_BYTES_MAX};

/// Names that mean something else in an expression or in an item of a group.
const RESERVED: &str = "as bool break bytes const continue double duration dyn else false for function id if import \
                        in int let list loop map namespace null null_type package position removed return string \
                        timestamp true type uint var void while";

impl Known<'_> {
    pub(super) fn read_fields(
        &self,
        node: Node<'_>,
        scope: &[Variable],
        group: Group,
        count: &mut usize,
    ) -> Vec<Field> {
        let nodes = node.items().unwrap_or_default();
        *count += nodes.len();
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for object in nodes.iter().filter_map(Node::object) {
            let id = object.need("id").and_then(|node| {
                let id = read_field_id(node)?;
                if !seen.insert(id.clone()) {
                    node.error(Code::DuplicateId, format!("the field \"{id}\" was given before"));
                }
                Some(id)
            });
            fields.extend(self.read_field(&object, id, scope, group, count));
        }
        fields
    }

    fn read_field(
        &self,
        object: &ObjectNode<'_>,
        id: Option<FieldId>,
        scope: &[Variable],
        group: Group,
        count: &mut usize,
    ) -> Option<Field> {
        let kind = object.need("kind").and_then(|node| self.read_kind(node, object, scope, group, count));
        let label = object.need("label").and_then(Localised::read);
        let hint = object.get("hint").and_then(Localised::read);
        let (required, personal) = (object.flag("required"), object.flag("personal"));
        let relevant = object.get("relevant").and_then(|node| self.expression(node, scope));
        let constraints = self.read_constraints(object, scope);
        // Without a kind it cannot be said which other keys it may have.
        let kind = kind?;
        let (mut min, mut max, mut pattern) = (None, None, None);
        if !matches!(
            kind,
            FieldKind::Boolean
                | FieldKind::DateTime
                | FieldKind::Choice(_)
                | FieldKind::Geopoint
                | FieldKind::Reference(_)
        ) {
            let bound = |key| object.get(key).and_then(|node| read_bound(node, &kind));
            (min, max) = (bound("min"), bound("max"));
        }
        if matches!(kind, FieldKind::Text | FieldKind::Paragraph) {
            pattern = object.get("pattern").and_then(read_pattern);
        }
        let prefill = !matches!(kind, FieldKind::Attachments) && object.flag("prefill");
        report_inverted(object, min, max);
        report_misplaced(object, &kind);
        Some(Field {
            id: id?,
            kind,
            label: label?,
            hint,
            required,
            relevant,
            constraints,
            min,
            max,
            pattern,
            prefill,
            personal,
        })
    }

    fn read_kind(
        &self,
        node: Node<'_>,
        object: &ObjectNode<'_>,
        scope: &[Variable],
        group: Group,
        count: &mut usize,
    ) -> Option<FieldKind> {
        Some(match node.text()? {
            "text" => FieldKind::Text,
            "paragraph" => FieldKind::Paragraph,
            "integer" => FieldKind::Integer,
            "decimal" => FieldKind::Decimal,
            "counter" => FieldKind::Counter,
            "boolean" => FieldKind::Boolean,
            "date" => FieldKind::Date,
            "datetime" => FieldKind::DateTime,
            "geopoint" => FieldKind::Geopoint,
            "attachments" => FieldKind::Attachments,
            "choice" => FieldKind::Choice(self.list(object.need("list")?)?),
            "choices" => FieldKind::Choices(self.list(object.need("list")?)?),
            "reference" => FieldKind::Reference(self.form(object.need("form")?)?),
            "group" if group == Group::Inside => {
                node.error(Code::Misplaced, "a group cannot be inside a group; use a form of its own");
                return None;
            }
            "group" => {
                let mut inner = variables(object);
                inner.extend(
                    scope
                        .iter()
                        .filter(|outer| !inner.iter().any(|own| own.id == outer.id))
                        .cloned()
                        .collect::<Vec<_>>(),
                );
                FieldKind::Group(self.read_fields(object.need("fields")?, &inner, Group::Inside, count))
            }
            other => {
                node.error(
                    Code::InvalidValue,
                    format!(
                        "{other:?} is not a kind of field; the kinds are text, paragraph, integer, decimal, counter, \
                         boolean, date, datetime, choice, choices, geopoint, group, reference, attachments"
                    ),
                );
                return None;
            }
        })
    }

    pub(super) fn read_constraints(&self, object: &ObjectNode<'_>, scope: &[Variable]) -> Vec<Constraint> {
        let read = |node: Node<'_>| {
            let object = node.object()?;
            let expression = object.need("expression").and_then(|node| self.expression(node, scope));
            let message = object.need("message").and_then(Localised::read);
            object.finish();
            Some(Constraint { expression: expression?, message: message? })
        };
        object.list("constraints").into_iter().filter_map(read).collect()
    }
}

/// Where a field stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Outside,
    Inside,
}

fn read_field_id(node: Node<'_>) -> Option<FieldId> {
    let text = node.text()?;
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain || RESERVED.split(' ').any(|word| word == text) {
        let message =
            format!("{text:?} cannot name a field: use a letter, then letters, digits and _, no reserved word");
        node.error(Code::InvalidValue, message);
        return None;
    }
    node.parsed()
}

fn read_bound(node: Node<'_>, kind: &FieldKind) -> Option<Bound> {
    match kind {
        FieldKind::Date => {
            let text = node.text()?;
            let date = parse_date(text);
            if date.is_none() {
                node.error(Code::InvalidValue, format!("{text:?} is not a date such as 2025-07-01"));
            }
            date.map(Bound::Date)
        }
        _ => node.number().map(Bound::Number),
    }
}
fn read_pattern(node: Node<'_>) -> Option<Pattern> {
    let source = node.text()?;
    let regex = RegexBuilder::new(&format!("^(?:{source})$")).size_limit(PATTERN_BYTES_MAX).build();
    let regex = regex.map_err(|_| {
        node.error(Code::InvalidValue, format!("{source:?} is not a regular expression that can be used here"));
    });
    Some(Pattern { source: source.to_owned(), regex: regex.ok()? })
}

fn report_inverted(object: &ObjectNode<'_>, min: Option<Bound>, max: Option<Bound>) {
    let inverted = match (min, max) {
        (Some(Bound::Number(min)), Some(Bound::Number(max))) => min > max,
        (Some(Bound::Date(min)), Some(Bound::Date(max))) => min > max,
        _ => false,
    };
    if let Some(node) = object.peek("max").filter(|_| inverted) {
        node.error(Code::InvalidValue, "\"max\" is below \"min\"");
    }
}

/// Reports the keys that another kind of field may have as misplaced, all others as unknown.
fn report_misplaced(object: &ObjectNode<'_>, kind: &FieldKind) {
    let bounded = ["min", "max"].into_iter().filter(|_| {
        matches!(
            kind,
            FieldKind::Boolean
                | FieldKind::DateTime
                | FieldKind::Choice(_)
                | FieldKind::Geopoint
                | FieldKind::Reference(_)
        )
    });
    let textual = ["pattern"].into_iter().filter(|_| !matches!(kind, FieldKind::Text | FieldKind::Paragraph));
    let listed = ["list"].into_iter().filter(|_| !matches!(kind, FieldKind::Choice(_) | FieldKind::Choices(_)));
    let referring = ["form"].into_iter().filter(|_| !matches!(kind, FieldKind::Reference(_)));
    let grouped = ["fields"].into_iter().filter(|_| !matches!(kind, FieldKind::Group(_)));
    let filled = ["prefill"].into_iter().filter(|_| matches!(kind, FieldKind::Attachments));
    for key in bounded.chain(filled).chain(textual).chain(listed).chain(referring).chain(grouped) {
        if let Some(node) = object.get(key) {
            node.error(Code::Misplaced, format!("a field of kind {} has no {key:?}", kind.name()));
        }
    }
    object.finish();
}
