//! Choice lists: what a `choice` or `choices` field may be answered with.

use std::collections::BTreeMap;

use super::{
    CampaignErrorCode, Code, Indicator, Localised,
    json::{Node, ObjectNode},
};
use crate::ChoiceListId;

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub code: Code,
    /// What is shown.
    pub label: Localised,
    /// Offered no more; records that have it stay valid.
    pub retired: bool,
}

/// A named list of choices, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceList {
    /// Its name.
    pub id: ChoiceListId,
    /// What the list is, for people.
    pub label: Localised,
    choices: Vec<Choice>,
    by_code: BTreeMap<Code, usize>,
}

impl ChoiceList {
    /// The list that every campaign has: its indicators.
    pub const INDICATORS: &'static str = "indicators";

    /// The choices in the order in which they are shown.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The choice with this code.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices.get(*self.by_code.get(code)?)
    }

    fn new(id: ChoiceListId, label: Localised, choices: Vec<Choice>) -> Self {
        let by_code = choices.iter().enumerate().map(|(index, choice)| (choice.code.clone(), index)).collect();
        Self { id, label, choices, by_code }
    }

    pub(super) fn of_indicators(id: ChoiceListId, indicators: &[Indicator]) -> Self {
        let label = Localised { vi: "Chỉ tiêu".into(), en: "Indicators".into() };
        let choice = |indicator: &Indicator| Choice {
            code: indicator.code.clone(),
            label: indicator.label.clone(),
            retired: false,
        };
        Self::new(id, label, indicators.iter().map(choice).collect())
    }

    pub(super) fn read(node: Node<'_>) -> Option<Self> {
        let object = node.object()?;
        let id = object.need("id").and_then(|node| {
            let id: ChoiceListId = node.parsed()?;
            if id.as_str() == Self::INDICATORS {
                let message = "the list \"indicators\" is made from the indicators; choose another id";
                node.error(CampaignErrorCode::DuplicateId, message);
            }
            Some(id)
        });
        let label = object.need("label").and_then(Localised::read);
        let mut choices: Vec<Choice> = Vec::new();
        for node in object.need("choices").and_then(|node| node.items()).unwrap_or_default() {
            let Some((code_node, choice)) = node.object().and_then(|object| read_choice(&object)) else { continue };
            if choices.iter().any(|known| known.code == choice.code) {
                let message = format!("the choice {} was given before", choice.code);
                code_node.error(CampaignErrorCode::DuplicateId, message);
            }
            choices.push(choice);
        }
        object.finish();
        Some(Self::new(id?, label?, choices))
    }
}

fn read_choice<'d>(object: &ObjectNode<'d>) -> Option<(Node<'d>, Choice)> {
    let node = object.need("code");
    let code = node.and_then(|node| node.parsed());
    let label = object.need("label").and_then(Localised::read);
    let retired = object.flag("retired");
    object.finish();
    Some((node?, Choice { code: code?, label: label?, retired }))
}
