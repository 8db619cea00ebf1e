//! Each unit's figures.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Completeness, completeness, suspects};
use crate::{
    RecordId, UnitId,
    campaign::Campaign,
    record::Row,
    rollup::{Standing, standings},
};

/// How good a unit's data is. Records that were withdrawn or annulled are only part of when something last happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UnitQuality {
    /// Records.
    pub rows: usize,
    /// Đúng: records with an issue.
    pub rows_with_issues: usize,
    /// Đúng: records with an issue of this code, by code.
    pub issues: BTreeMap<String, usize>,
    /// Đủ: required answers.
    pub completeness: Completeness,
    /// Sạch: records that may be the same as another, as far as [`suspects`] looks.
    pub suspects: usize,
    /// Sống: the latest signed time of an edit, by the editor's clock, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_ms: Option<i64>,
    /// Sống: the latest time at which a change was received, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_ms: Option<i64>,
}

/// The figures of every unit that has a row among these. `received_ms` is when a record's last change was received, as
/// far as the caller knows, milliseconds since the Unix epoch. Rows that others are linked to must be among them.
pub fn quality(
    campaign: &Campaign,
    rows: &[Row],
    received_ms: impl Fn(RecordId) -> Option<i64>,
) -> BTreeMap<UnitId, UnitQuality> {
    let standings = standings(campaign, rows);
    let pairs = suspects(campaign, rows).pairs;
    let suspected: BTreeSet<RecordId> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    let mut units: BTreeMap<UnitId, UnitQuality> = BTreeMap::new();
    for row in rows {
        let unit = units.entry(row.unit.clone()).or_default();
        unit.edited_ms = unit.edited_ms.max(Some(row.edited_ms));
        unit.received_ms = unit.received_ms.max(received_ms(row.record));
        if matches!(standings.get(&row.record), Some(Standing::Withdrawn | Standing::Annulled { .. })) {
            continue;
        }
        unit.rows += 1;
        let codes: BTreeSet<&str> = row.issues.iter().map(|issue| issue.code.as_str()).collect();
        unit.rows_with_issues += usize::from(!codes.is_empty());
        for code in codes {
            *unit.issues.entry(code.to_owned()).or_default() += 1;
        }
        if let Some(form) = campaign.form(&row.form) {
            unit.completeness += completeness(form, row);
        }
        unit.suspects += usize::from(suspected.contains(&row.record));
    }
    units
}
