//! The campaign and its units, as a catalogue states them.

use crate::{
    FormId,
    campaign::{Campaign, Form},
    identity::{Catalogue, UnitEntry},
    unit::{Unit, UnitTree},
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
        let units = catalogue.units.iter().map(unit).collect();
        let units = UnitTree::new(units)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        Ok(Self { version: catalogue.version, campaign, units })
    }

    /// A form with its campaign, for reading rows.
    pub fn form(&self, form: &FormId) -> Option<(&Campaign, &Form)> {
        self.campaign.form(form).map(|form| (&self.campaign, form))
    }
}

fn unit(entry: &UnitEntry) -> Unit {
    Unit {
        id: entry.id.clone(),
        parent: entry.parent.clone(),
        code: entry.code.clone(),
        name: entry.name.clone(),
        name_en: None,
        level: entry.level.clone(),
        valid_from_ms: Unit::valid_from_of_wire(entry.valid_from_ms),
        valid_to_ms: entry.valid_to_ms,
        successors: entry.successors.clone(),
    }
}

/// A unit as the catalogue carries it.
impl From<&Unit> for UnitEntry {
    fn from(unit: &Unit) -> Self {
        Self {
            id: unit.id.clone(),
            parent: unit.parent.clone(),
            code: unit.code.clone(),
            name: unit.name.clone(),
            level: unit.level.clone(),
            valid_from_ms: unit.valid_from_on_wire(),
            valid_to_ms: unit.valid_to_ms,
            successors: unit.successors.clone(),
        }
    }
}
