//! Which form carries the figures of indicators.

use super::{
    binding::{Forms, field, optional_field},
    json::Node,
};
use crate::{FieldId, FormId};

const NUMBER: [&str; 3] = ["decimal", "integer", "counter"];

/// Which fields of which form make a figure: numerator, denominator, period. The percentage is computed, never typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorReports {
    /// The form.
    pub form: FormId,
    /// The indicator's code.
    pub indicator: FieldId,
    /// First day of the period.
    pub from: FieldId,
    /// Last day of the period.
    pub to: FieldId,
    /// What is counted.
    pub numerator: FieldId,
    /// Of how many.
    pub denominator: FieldId,
    /// For a qualitative indicator: whether people find it met.
    pub met: Option<FieldId>,
}

impl IndicatorReports {
    pub(super) fn read(node: Node<'_>, forms: &Forms<'_>) -> Option<Self> {
        let object = node.object()?;
        let form = forms.form(&object, "form");
        let indicator = field(&object, "indicator", form, &["choice"]);
        let (from, to) = (field(&object, "from", form, &["date"]), field(&object, "to", form, &["date"]));
        let numerator = field(&object, "numerator", form, &NUMBER);
        let denominator = field(&object, "denominator", form, &NUMBER);
        let met = optional_field(&object, "met", form, &["boolean"]);
        object.finish();
        Some(Self {
            form: form?.id.clone(),
            indicator: indicator?,
            from: from?,
            to: to?,
            numerator: numerator?,
            denominator: denominator?,
            met,
        })
    }
}
