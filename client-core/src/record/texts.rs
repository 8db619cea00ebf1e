//! The texts of a row: what it is called, what is searched in it, and rows by title.

use serde_json::Value;

use super::Row;
use crate::{
    campaign::{Campaign, Field, FieldKind, Form},
    text::Collation,
};

impl Row {
    /// What the record is called in lists, if its form has a field for that and it is answered: the text, or of a
    /// choice the Vietnamese label.
    pub fn title<'a>(&'a self, campaign: &'a Campaign, form: &Form) -> Option<&'a str> {
        let id = form.title_field.as_ref()?;
        let answer = self.answers.get(id)?.as_str()?;
        match &form.field(id)?.kind {
            FieldKind::Choice(list) => Some(&campaign.choice_list(list)?.choice(answer)?.label.vi),
            _ => Some(answer),
        }
    }

    /// The answers of all text and paragraph fields, also those inside groups, in the order of the form. Personal ones
    /// are among them: search only in what the asking person may read.
    pub fn texts<'r>(&'r self, form: &Form) -> Vec<&'r str> {
        let mut texts = Vec::new();
        for field in &form.fields {
            let Some(answer) = self.answers.get(&field.id) else { continue };
            texts.extend(text(field, answer));
            if let (FieldKind::Group(fields), Value::Array(items)) = (&field.kind, answer) {
                let inner = items.iter().flat_map(|item| fields.iter().map(move |field| (item, field)));
                texts.extend(inner.filter_map(|(item, field)| text(field, item.get(field.id.as_str())?)));
            }
        }
        texts
    }
}

fn text<'r>(field: &Field, answer: &'r Value) -> Option<&'r str> {
    matches!(field.kind, FieldKind::Text | FieldKind::Paragraph).then(|| answer.as_str()).flatten()
}

/// Sorts rows by title in Vietnamese order; those without one come last, equal ones by record. Pages go by record, so
/// this is for a list that is whole.
pub fn sort_by_title(rows: &mut [Row], campaign: &Campaign) {
    let collation = Collation::new();
    rows.sort_by_cached_key(|row| {
        let title = title_key(row, campaign, &collation);
        (title.is_none(), title, row.record)
    });
}

/// Orders rows by title; `None`: it has none.
pub(crate) fn title_key(row: &Row, campaign: &Campaign, collation: &Collation) -> Option<Vec<u8>> {
    Some(collation.sort_key(row.title(campaign, campaign.form(&row.form)?)?))
}
