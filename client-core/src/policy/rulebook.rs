//! The campaign and its units, as a catalogue states them.

use crate::{
    FormId,
    campaign::{Campaign, Form},
    identity::Catalogue,
    unit::UnitTree,
};

/// A catalogue, parsed: what the rules are computed from.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// The catalogue's version.
    pub version: u64,
    /// Forms, roles, measures.
    pub campaign: Campaign,
    /// The dated unit tree.
    pub units: UnitTree,
}

impl Rulebook {
    /// Parses a catalogue; the text says what is wrong with it.
    pub fn read(catalogue: &Catalogue) -> Result<Self, String> {
        let campaign = Campaign::parse(&catalogue.campaign).map_err(|e| e.to_string())?;
        let units = UnitTree::from_entries(&catalogue.units)?;
        Ok(Self { version: catalogue.version, campaign, units })
    }

    /// A form with its campaign, for reading rows.
    pub fn form(&self, form: &FormId) -> Option<(&Campaign, &Form)> {
        self.campaign.form(form).map(|form| (&self.campaign, form))
    }
}
