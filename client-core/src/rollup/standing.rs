//! Which rows count: each real record once, and none that was set aside.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{components, date_of};
use crate::{RecordId, campaign::Campaign, record::Row};

/// Whether a row counts in roll-ups, or why it does not. Whatever it is, the row is kept and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Standing {
    /// It counts.
    Counted,
    /// It was withdrawn.
    Withdrawn,
    /// A record of the same form and unit that itself stands annuls it.
    Annulled {
        /// The lowest record that does.
        by: RecordId,
    },
    /// It is dated after the campaign's last day.
    AfterClose,
    /// It is one with another that counts, by `same_as` or by shared `unique` answers.
    SameAs {
        /// The lowest record of those that would count.
        counted: RecordId,
    },
}

/// The standing of every row among these, which must hold all that their links lead to.
///
/// Rows that share `unique` answers, or one of which says `same_as` of the other, are one component, near and far; of
/// those in it that were not set aside the lowest [`RecordId`] counts.
pub fn standings<'a>(campaign: &Campaign, rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<RecordId, Standing> {
    let rows: BTreeMap<RecordId, &Row> = rows.into_iter().map(|row| (row.record, row)).collect();
    let annulled = annulled(&rows);
    let components = components(campaign, rows.values().copied());
    let mut counted: BTreeMap<Option<&usize>, RecordId> = BTreeMap::new();
    let mut standings = BTreeMap::new();
    for (record, row) in &rows {
        let standing = if row.withdrawn.is_some() {
            Standing::Withdrawn
        } else if let Some(by) = annulled.get(record) {
            Standing::Annulled { by: *by }
        } else if !row.counts() || is_undated_after_close(campaign, row) {
            Standing::AfterClose
        } else {
            match *counted.entry(components.get(record)).or_insert(*record) {
                first if first == *record => Standing::Counted,
                counted => Standing::SameAs { counted },
            }
        };
        standings.insert(*record, standing);
    }
    standings
}

/// A record that should say its date and does not, made after the campaign's last day.
fn is_undated_after_close(campaign: &Campaign, row: &Row) -> bool {
    let Some(form) = campaign.form(&row.form) else { return false };
    let undated = form.date_field.as_ref().is_some_and(|field| !row.answers.contains_key(field));
    undated && campaign.closes_on().is_some_and(|last| date_of(campaign, form, row) > last)
}

/// Who annuls whom: a record of the same form and unit, not withdrawn, that is not annulled itself.
///
/// Worked out from those that nobody annuls on. So in a circle of records that annul one another no annulment is in
/// force, nor any made from it: whoever is right is for people to say, and until then all of it is counted.
pub(super) fn annulled(rows: &BTreeMap<RecordId, &Row>) -> BTreeMap<RecordId, RecordId> {
    let mut annuls: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    let mut open: BTreeMap<RecordId, usize> = rows.keys().map(|record| (*record, 0)).collect();
    for (record, row) in rows.iter().filter(|(_, row)| row.withdrawn.is_none()) {
        let may = |other: &&RecordId| {
            let other = rows.get(*other).filter(|other| other.record != *record);
            other.is_some_and(|other| other.form == row.form && other.unit == row.unit)
        };
        let others: BTreeSet<RecordId> = row.annuls.iter().filter(may).copied().collect();
        for other in others {
            annuls.entry(*record).or_default().push(other);
            *open.entry(other).or_default() += 1;
        }
    }
    let of = |record: &RecordId| annuls.get(record).map_or(&[][..], Vec::as_slice);
    let mut standing: Vec<RecordId> = open.iter().filter(|(_, open)| **open == 0).map(|(record, _)| *record).collect();
    let mut annulled: BTreeMap<RecordId, RecordId> = BTreeMap::new();
    while let Some(by) = standing.pop() {
        for record in of(&by) {
            if let Some(first) = annulled.get_mut(record) {
                *first = by.min(*first);
                continue;
            }
            annulled.insert(*record, by);
            for freed in of(record) {
                if let Some(open) = open.get_mut(freed) {
                    *open -= 1;
                    if *open == 0 && !annulled.contains_key(freed) {
                        standing.push(*freed);
                    }
                }
            }
        }
    }
    annulled
}
