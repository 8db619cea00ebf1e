//! Which answers of a row are personal, by the form in force.

use dongbo_core::{
    campaign::{Field, FieldKind, Form},
    record::Row,
};
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The personal fields that a row answers: `name`, or `authors/name` inside a group. Ids, never values.
pub(super) fn answered(form: &Form, row: &Row) -> Vec<String> {
    let mut fields: Vec<String> = texts_or_all(form, row).into_iter().map(|(field, _)| field).collect();
    fields.dedup();
    fields
}

/// Every text in a row's personal answers, conflicts included, and in what the form no longer knows.
pub(super) fn texts<'a>(form: Option<&Form>, row: &'a Row) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    for (field, value) in form.map(|form| texts_or_all(form, row)).unwrap_or_default() {
        collect(&field, value, &mut found);
    }
    for conflict in &row.conflicts {
        let mut path = conflict.path.split('/');
        let (outer, inner) = (path.next().unwrap_or_default(), path.next_back());
        let named = inner.map_or(outer.to_owned(), |inner| format!("{outer}/{inner}"));
        let is_personal = |form: &Form| {
            form.fields.iter().any(|field| field.id.as_str() == outer && (field.personal || holds(field, inner)))
        };
        if form.is_some_and(is_personal) {
            for candidate in &conflict.candidates {
                collect(&named, &candidate.value, &mut found);
            }
        }
    }
    for (field, value) in &row.other {
        collect(field, value, &mut found);
    }
    found
}

fn holds(field: &Field, inner: Option<&str>) -> bool {
    let FieldKind::Group(fields) = &field.kind else { return false };
    fields.iter().any(|field| field.personal && Some(field.id.as_str()) == inner)
}

/// Personal answers of any kind, by field.
fn texts_or_all<'a>(form: &Form, row: &'a Row) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for field in &form.fields {
        let Some(answer) = row.answers.get(&field.id).filter(|answer| !answer.is_null()) else { continue };
        if field.personal {
            found.push((field.id.to_string(), answer));
        } else if let FieldKind::Group(inner) = &field.kind {
            for inner in inner.iter().filter(|inner| inner.personal) {
                let items = answer.as_array().into_iter().flatten();
                let answers = items.filter_map(|item| item.get(inner.id.as_str())).filter(|answer| !answer.is_null());
                found.extend(answers.map(|answer| (format!("{}/{}", field.id, inner.id), answer)));
            }
        }
    }
    found
}

fn collect<'a>(field: &str, value: &'a Value, found: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => found.push((field.to_owned(), text)),
        Value::Array(values) => values.iter().for_each(|value| collect(field, value, found)),
        Value::Object(values) => values.values().for_each(|value| collect(field, value, found)),
        _ => {}
    }
}

/// A text as people compare names: without accents and case, đ as d. NFD leaves đ whole, so it is taken by hand.
pub(super) fn folded(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    bare.flat_map(char::to_lowercase).map(|c| if c == 'đ' { 'd' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn accents_case_and_d_do_not_matter() {
        for (text, bare) in [("Đặng Thị Hưởng", "dang thi huong"), ("NGUYỄN Văn Ấn", "nguyen van an"), ("d", "d")]
        {
            assert_eq!(folded(text), bare);
        }
    }
}
