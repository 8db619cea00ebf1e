//! Who may read what, computed apart from the code under test: from the campaign's JSON and the parents in its units.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{FormId, UnitId, identity::Member};
use serde_json::Value;

use crate::world::{CAMPAIGN, id, units};

/// The campaign's roles and units, as data.
#[derive(Clone)]
pub(super) struct Reach {
    roles: BTreeMap<String, Value>,
    forms: Vec<FormId>,
    parents: BTreeMap<UnitId, Option<UnitId>>,
    /// The campaign's measures, for the check of roll-ups.
    pub(super) campaign: Value,
}

impl Reach {
    pub(super) fn new() -> Self {
        let campaign: Value = match serde_json::from_str(CAMPAIGN) {
            Ok(campaign) => campaign,
            Err(error) => unreachable!("the committed campaign is JSON: {error}"),
        };
        let listed = |key: &str| campaign[key].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value["id"].as_str().unwrap_or_default().to_owned();
        Self {
            roles: listed("roles").into_iter().map(|role| (text(&role), role)).collect(),
            forms: listed("forms").iter().map(|form| id(&text(form))).collect(),
            parents: units().all().map(|unit| (unit.id.clone(), unit.parent.clone())).collect(),
            campaign,
        }
    }

    /// Whether a member may read records of this unit and form now. The units used here have no predecessors.
    pub(super) fn may_read(&self, member: &Member, unit: &UnitId, form: &FormId, now_ms: i64) -> bool {
        let held = member.memberships.iter().filter(|m| m.from_ms <= now_ms && m.to_ms.is_none_or(|to| now_ms < to));
        held.into_iter().any(|membership| {
            let reach = &self.roles[membership.role.as_str()]["reach"];
            let own = reach.get(form.as_str()).or_else(|| reach.get("*"));
            match own.and_then(|own| own["read"].as_str()) {
                Some("own") => *unit == membership.unit,
                Some("subtree") => self.is_below(unit, &membership.unit),
                Some("campaign") => true,
                _ => false,
            }
        })
    }

    /// Whether a unit is another one or below it.
    pub(super) fn is_below(&self, unit: &UnitId, above: &UnitId) -> bool {
        let mut at = Some(unit);
        while let Some(unit) = at {
            if unit == above {
                return true;
            }
            at = self.parents.get(unit).and_then(Option::as_ref);
        }
        false
    }

    /// The pairs of these units that a member may read now.
    pub(super) fn pairs(&self, member: &Member, units: &[UnitId], now_ms: i64) -> BTreeSet<(UnitId, FormId)> {
        let mut pairs = BTreeSet::new();
        for unit in units {
            for form in self.forms.iter().filter(|form| self.may_read(member, unit, form, now_ms)) {
                pairs.insert((unit.clone(), form.clone()));
            }
        }
        pairs
    }
}
