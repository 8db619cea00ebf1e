//! What makes records one: a tie that they share.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::{FormId, RecordId, UnitId, campaign::Campaign, record::Row};

/// Something that records may share. Every record holds the tie of its own id; who holds the tie of another says
/// `same_as` of it. So a link joins whichever of the two arrives first, and two records that name a third are one even
/// where that third is not here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// A record's id.
    Record(RecordId),
    /// The form, perhaps the unit, and the answers that the form declares `unique`, as a digest.
    Unique([u8; 32]),
}

impl Tie {
    /// What the keys of those who hold this tie start with, under `prefix`: a letter and 16 or 32 bytes.
    pub(super) fn to_bytes(&self, prefix: u8) -> Vec<u8> {
        match self {
            Self::Record(record) => [&[prefix, b'r'], &record.0[..]].concat(),
            Self::Unique(digest) => [&[prefix, b'u'], &digest[..]].concat(),
        }
    }
}

/// The ties a row holds beside that of its own id, whether it counts or not: a withdrawn record that two others call
/// the same still says that these two are one.
pub(super) fn ties(campaign: &Campaign, row: &Row) -> Vec<Tie> {
    let same = row.same_as.iter().filter(|other| **other != row.record).map(|other| Tie::Record(*other));
    same.chain(unique(campaign, row)).collect()
}

/// `None` where the form declares nothing `unique`, or a value is missing.
fn unique(campaign: &Campaign, row: &Row) -> Option<Tie> {
    let unique = campaign.form(&row.form)?.unique.as_ref()?;
    let mut hash = Sha256::new();
    hash.update(row.form.as_str());
    if unique.with_unit {
        hash.update([0]);
        hash.update(row.unit.as_str());
    }
    for field in &unique.fields {
        hash.update([0]);
        hash.update(row.answers.get(field)?.to_string());
    }
    Some(Tie::Unique(hash.finalize().into()))
}

/// Which of these rows are one, by `same_as` or by shared `unique` answers, near and far: equal numbers for two records
/// that are. A link joins records of its own form and unit only: nobody makes a record of others give way.
pub fn components<'a>(
    campaign: &Campaign,
    rows: impl IntoIterator<Item = &'a Row> + Clone,
) -> BTreeMap<RecordId, usize> {
    let components = Components::of(campaign, rows.clone());
    rows.into_iter().filter_map(|row| Some((row.record, components.component(row.record)?))).collect()
}

/// Where a tie holds: that of a record among those of the form and unit which whoever names it has, so that a link from elsewhere leads
/// nowhere.
type Place = (Tie, Option<(FormId, UnitId)>);

fn place(tie: Tie, row: &Row) -> Place {
    let among = matches!(tie, Tie::Record(_)).then(|| (row.form.clone(), row.unit.clone()));
    (tie, among)
}

/// Rows sorted into components: those joined by ties, near and far.
#[derive(Default)]
struct Components {
    numbers: BTreeMap<Place, usize>,
    records: BTreeMap<RecordId, usize>,
    /// Each tie's way to the one that stands for its component.
    above: Vec<usize>,
}

impl Components {
    fn of<'a>(campaign: &Campaign, rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut components = Self::default();
        for row in rows {
            let own = components.number(place(Tie::Record(row.record), row));
            components.records.insert(row.record, own);
            for tie in ties(campaign, row) {
                let other = components.number(place(tie, row));
                let (own, other) = (components.top(own), components.top(other));
                components.above[own.max(other)] = own.min(other);
            }
        }
        components
    }

    /// What stands for the component of a record: equal for two records if and only if they are one.
    fn component(&self, record: RecordId) -> Option<usize> {
        let mut at = *self.records.get(&record)?;
        while self.above[at] != at {
            at = self.above[at];
        }
        Some(at)
    }

    fn number(&mut self, place: Place) -> usize {
        *self.numbers.entry(place).or_insert_with(|| {
            self.above.push(self.above.len());
            self.above.len() - 1
        })
    }

    fn top(&mut self, mut at: usize) -> usize {
        while self.above[at] != at {
            // Halving the way keeps long chains short.
            self.above[at] = self.above[self.above[at]];
            at = self.above[at];
        }
        at
    }
}
