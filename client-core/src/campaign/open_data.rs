//! What is published for everyone.

use super::{CampaignErrorCode, Measure, binding::Forms, json::Node};
use crate::{FormId, MeasureId};

/// Open data: measures as they are summed, and records of some forms without what is personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenData {
    /// An SPDX identifier, such as `CC-BY-4.0`.
    pub licence: String,
    /// The forms whose records are published.
    pub forms: Vec<FormId>,
    /// The measures that are published.
    pub measures: Vec<MeasureId>,
}

impl OpenData {
    pub(super) fn read(node: Node<'_>, forms: &Forms<'_>, measures: &[Measure]) -> Option<Self> {
        let object = node.object()?;
        let licence = object.need("licence").and_then(|node| node.text()).map(str::to_owned);
        let published =
            object.list("forms").into_iter().filter_map(|node| Some(forms.form_at(node)?.id.clone())).collect();
        let measure = |node: Node<'_>| {
            let id: MeasureId = node.parsed()?;
            if !measures.iter().any(|known| known.id == id) {
                node.error(CampaignErrorCode::UnknownReference, format!("there is no measure \"{id}\""));
            }
            Some(id)
        };
        let measured = object.list("measures").into_iter().filter_map(measure).collect();
        object.finish();
        Some(Self { licence: licence?, forms: published, measures: measured })
    }
}
