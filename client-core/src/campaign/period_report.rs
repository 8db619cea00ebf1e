//! Which form freezes the figures of a period.

use super::{
    CampaignErrorCode, FieldKind, FieldPath, Form,
    binding::{Forms, field},
    json::Node,
};
use crate::{FieldId, FormId};

/// Which fields of which form hold a frozen report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodReports {
    /// The form; written once.
    pub form: FormId,
    /// First day of the period.
    pub from: FieldId,
    /// Last day of the period.
    pub to: FieldId,
    /// Where the ledger stood: epoch, sequence, chain.
    pub position: FieldId,
    /// Up to when every unit had been heard from.
    pub complete_as_of: FieldId,
    /// Units that had not been heard from.
    pub missing: FieldId,
    /// The group of figures: `measure`, `dimension`, `code`, `value`.
    pub figures: FieldId,
}

/// The fields of the items of [`PeriodReports::figures`], with their kinds.
const FIGURE: [(&str, &str); 4] = [("measure", "text"), ("dimension", "text"), ("code", "text"), ("value", "decimal")];

impl PeriodReports {
    pub(super) fn read(node: Node<'_>, forms: &Forms<'_>) -> Option<Self> {
        let object = node.object()?;
        let form = forms.form(&object, "form");
        if form.is_some_and(|form: &Form| !form.write_once) {
            node.error(CampaignErrorCode::InvalidValue, "the form of period reports must be write_once");
        }
        let (from, to) = (field(&object, "from", form, &["date"]), field(&object, "to", form, &["date"]));
        let position = field(&object, "position", form, &["text"]);
        let complete_as_of = field(&object, "complete_as_of", form, &["datetime"]);
        let missing = field(&object, "missing", form, &["text", "paragraph"]);
        let figures = field(&object, "figures", form, &["group"]);
        if let (Some(form), Some(figures)) = (form, &figures) {
            for (name, kind) in FIGURE {
                let path = FieldPath { field: figures.clone(), item_field: name.parse().ok() };
                let found = form.field_at(&path).map(|field| &field.kind).map(FieldKind::name);
                if found != Some(kind) {
                    let message = format!("\"{figures}\" needs a field {name:?} of kind {kind}");
                    node.error(CampaignErrorCode::InvalidValue, message);
                }
            }
        }
        object.finish();
        Some(Self {
            form: form?.id.clone(),
            from: from?,
            to: to?,
            position: position?,
            complete_as_of: complete_as_of?,
            missing: missing?,
            figures: figures?,
        })
    }
}
