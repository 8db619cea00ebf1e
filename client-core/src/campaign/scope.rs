//! The fields of a form as expressions see them.

use super::{
    Field, FieldKind, Form,
    expression::{Shape, Variable},
    json::ObjectNode,
};

/// The fields of a form that was read, as expressions see them.
pub(super) fn variables_of(form: &Form) -> Vec<Variable> {
    form.fields.iter().map(variable_of).collect()
}

fn variable_of(field: &Field) -> Variable {
    let shape = match &field.kind {
        FieldKind::Integer | FieldKind::Counter | FieldKind::DateTime => Shape::Integer,
        FieldKind::Decimal => Shape::Decimal,
        FieldKind::Boolean => Shape::Boolean,
        FieldKind::Choices(_) => Shape::Codes,
        FieldKind::Attachments => Shape::Files,
        FieldKind::Group(fields) => Shape::Items(fields.iter().map(variable_of).collect()),
        _ => Shape::Text,
    };
    Variable { id: field.id.clone(), shape }
}

/// The fields of a form or group as expressions see them. Mistakes are left for the reading proper to report.
pub(super) fn variables(object: &ObjectNode<'_>) -> Vec<Variable> {
    use jsonc_parser::ast::Value;
    let text = |object: &ObjectNode<'_>, key| match object.peek(key).map(|node| node.value) {
        Some(Value::StringLit(literal)) => Some(literal.value.to_string()),
        _ => None,
    };
    let Some(Value::Array(fields)) = object.peek("fields").map(|node| node.value) else { return Vec::new() };
    let field = |value| {
        let object = object.node.at(value).object_quietly()?;
        let shape = match text(&object, "kind").as_deref() {
            Some("integer" | "counter" | "datetime") => Shape::Integer,
            Some("decimal") => Shape::Decimal,
            Some("boolean") => Shape::Boolean,
            Some("choices") => Shape::Codes,
            Some("attachments") => Shape::Files,
            Some("group") => Shape::Items(variables(&object)),
            _ => Shape::Text,
        };
        Some(Variable { id: text(&object, "id")?.parse().ok()?, shape })
    };
    fields.elements.iter().filter_map(field).collect()
}
