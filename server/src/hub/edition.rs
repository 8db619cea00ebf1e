//! A new edition of the catalogue: what it changes, what it would orphan, and its publication.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    FormId, UnitId,
    campaign::{Campaign, Field, FieldKind},
    policy::Rulebook,
    rollup::{Projection, RowQuery},
    store::{Batch, Store},
    unit::UnitTree,
};
use serde::{Deserialize, Serialize};

use super::{
    Hub, HubError,
    layout::{FORCED, all, from_json, sequence_key, to_json},
};

/// What a new edition changes, item by item: `form visit`, `field visit/name`, `choice sources/well`, `unit 77`, ...
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionChanges {
    /// There now, and not before.
    pub added: Vec<String>,
    /// Still known, offered no more: retired choices, units that have ended.
    pub retired: Vec<String>,
    /// There before, and no more.
    pub removed: Vec<String>,
    /// Forms and units that are removed and have records, with how many.
    pub orphaned: BTreeMap<String, usize>,
}

/// An edition that was published, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The edition, as the campaign counts it.
    pub edition: u64,
    /// The edition before.
    pub edition_before: u64,
    /// The catalogue's version; absent where it was only checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<u64>,
    /// What it changes.
    #[serde(flatten)]
    pub changes: EditionChanges,
}

/// That an edition was published although it left records without their form or unit. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forced {
    /// Layout version, 1.
    pub format: u32,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The edition.
    pub edition: u64,
    /// Why.
    pub reason: String,
    /// Records that lack something since, by what they lack.
    pub orphaned: BTreeMap<String, usize>,
}

/// How an edition is to be published.
#[derive(Debug, Clone, Default)]
pub struct Publication<'a> {
    /// The campaign as JSON.
    pub campaign: &'a str,
    /// Its units; `None`: as they are.
    pub units: Option<&'a UnitTree>,
    /// Why records may be orphaned; `None`: they must not be.
    pub force: Option<&'a str>,
    /// Only say what it would change.
    pub check_only: bool,
}

impl<S: Store> Hub<S> {
    /// Publishes a new edition: checked, of a higher version, orphaning no records unless forced with a reason. Rows and
    /// roll-ups are made again by it.
    pub async fn publish_edition(&mut self, asked: &Publication<'_>, now_ms: i64) -> Result<Published, HubError> {
        let new = Campaign::parse(asked.campaign).map_err(|errors| HubError::Invalid(errors.to_string()))?;
        let rules = self.rules()?.clone();
        let before = rules.campaign.version();
        if new.id() != rules.campaign.id() {
            return Err(HubError::Invalid(format!(
                "this is campaign {}, not {}; nothing was published",
                new.id(),
                rules.campaign.id()
            )));
        }
        if new.version() <= before {
            return Err(HubError::Invalid(format!(
                "this is edition {}, and edition {before} is in force; raise \"version\" above {before}. Nothing was published.",
                new.version()
            )));
        }
        let units = asked.units.unwrap_or(&rules.units);
        let changes = self.changes(&rules, &new, units)?;
        let reason = asked.force.map(str::trim).filter(|reason| !reason.is_empty());
        if !changes.orphaned.is_empty() && reason.is_none() && !asked.check_only {
            let orphaned: Vec<String> =
                changes.orphaned.iter().map(|(what, records)| format!("{what} ({records})")).collect();
            return Err(HubError::Invalid(format!(
                "records would be left without their form or unit: {}. Keep these in the campaign, or say why with --force \
                 --reason. Nothing was published.",
                orphaned.join(", ")
            )));
        }
        let mut published = Published { edition: new.version(), edition_before: before, catalogue: None, changes };
        if !asked.check_only {
            if let Some(reason) = reason.filter(|_| !published.changes.orphaned.is_empty()) {
                let (edition, orphaned) = (published.edition, published.changes.orphaned.clone());
                let forced = Forced { format: 1, at_ms: now_ms, edition, reason: reason.to_owned(), orphaned };
                let mut batch = Batch::new();
                batch.put(sequence_key(FORCED, self.trust.catalogue_version() + 1), to_json(&forced));
                self.commit(batch).await?;
            }
            published.catalogue = Some(self.publish(asked.campaign, units, now_ms).await?);
        }
        Ok(published)
    }

    /// Editions that were published although they orphaned records, in order.
    pub fn forced_editions(&self) -> Result<Vec<Forced>, HubError> {
        all(&self.store, &[FORCED])?.iter().map(|(_, bytes)| from_json(bytes)).collect()
    }

    fn changes(&self, rules: &Rulebook, new: &Campaign, units: &UnitTree) -> Result<EditionChanges, HubError> {
        let (old_items, new_items) = (items(&rules.campaign, &rules.units), items(new, units));
        let mut changes = EditionChanges::default();
        for (item, retired) in &new_items {
            match old_items.get(item) {
                None => changes.added.push(item.clone()),
                Some(before) if *retired && !before => changes.retired.push(item.clone()),
                Some(_) => {}
            }
        }
        changes.removed = old_items.into_keys().filter(|item| !new_items.contains_key(item)).collect();
        let forms: BTreeSet<&FormId> = new.forms().iter().map(|form| &form.id).collect();
        let known: BTreeSet<&UnitId> = units.all().map(|unit| &unit.id).collect();
        let query = RowQuery { limit: usize::MAX, ..RowQuery::default() };
        Projection::rows(&self.store, &query, |row| {
            if !forms.contains(&row.form) {
                *changes.orphaned.entry(format!("form {}", row.form)).or_default() += 1;
            }
            if !known.contains(&row.unit) {
                *changes.orphaned.entry(format!("unit {}", row.unit)).or_default() += 1;
            }
            false
        })?;
        Ok(changes)
    }
}

/// Everything an edition may add, retire or remove, and whether it is retired.
fn items(campaign: &Campaign, units: &UnitTree) -> BTreeMap<String, bool> {
    let mut items = BTreeMap::new();
    for form in campaign.forms() {
        items.insert(format!("form {}", form.id), false);
        fields(&form.id.to_string(), &form.fields, &mut items);
    }
    for list in campaign.choice_lists() {
        for choice in list.choices() {
            items.insert(format!("choice {}/{}", list.id, choice.code), choice.retired);
        }
    }
    for role in campaign.roles() {
        items.insert(format!("role {}", role.id), false);
    }
    for measure in campaign.measures() {
        items.insert(format!("measure {}", measure.id), false);
    }
    for unit in units.all() {
        items.insert(format!("unit {}", unit.id), unit.valid_to_ms.is_some());
    }
    items
}

fn fields(above: &str, fields: &[Field], items: &mut BTreeMap<String, bool>) {
    for field in fields {
        let path = format!("{above}/{}", field.id);
        items.insert(format!("field {path}"), false);
        if let FieldKind::Group(inner) = &field.kind {
            self::fields(&path, inner, items);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Forced, from_json, to_json};

    /// Version 1, byte for byte.
    #[test]
    fn golden_sample() {
        let golden = r#"{"format":1,"at_ms":5,"edition":2,"reason":"Biểu mẫu thử","orphaned":{"form other":1}}"#;
        let orphaned = [("form other".to_owned(), 1)].into();
        let forced = Forced { format: 1, at_ms: 5, edition: 2, reason: "Biểu mẫu thử".into(), orphaned };
        assert_eq!(String::from_utf8_lossy(&to_json(&forced)), golden);
        assert_eq!(from_json::<Forced>(golden.as_bytes()), Ok(forced));
    }
}
