//! What is published for everyone.

use super::{binding::Forms, json::Node};
use crate::FormId;

/// Open data: measures as they are summed, and records of some forms without what is personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenData {
    /// An SPDX identifier, such as `CC-BY-4.0`.
    pub licence: String,
    /// The forms whose records are published.
    pub forms: Vec<FormId>,
}

impl OpenData {
    pub(super) fn read(node: Node<'_>, forms: &Forms<'_>) -> Option<Self> {
        let object = node.object()?;
        let licence = object.need("licence").and_then(|node| node.text()).map(str::to_owned);
        let published =
            object.list("forms").into_iter().filter_map(|node| Some(forms.form_at(node)?.id.clone())).collect();
        object.finish();
        Some(Self { licence: licence?, forms: published })
    }
}
