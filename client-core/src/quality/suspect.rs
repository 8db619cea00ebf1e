//! Sạch: records that may be the same event, written down twice.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::place::Place;
use crate::{
    RecordId, UnitId,
    campaign::{Campaign, Field, FieldKind},
    record::Row,
    rollup::{Standing, components, date_of, standings},
    text::fold,
};

/// Two records are compared if their dates are no further apart, in days.
const DAYS_APART_MAX: i32 = 3;
/// Titles alike from here on: 1 less the share of letters to be changed (normalised Levenshtein distance). A missing
/// word of a title of ten is let through, another place name is not.
const SIMILARITY_MIN: f64 = 0.85;
/// Letters of a title that are compared; what is alike up to here is alike.
const TITLE_LETTERS_MAX: usize = 200;
/// Two records that both say where are not the same if they are further apart, in metres. A phone indoors is often off
/// by a hundred.
const DISTANCE_M_MAX: f64 = 500.0;
/// The most records that one is compared with, so that a day with thousands of records stays fast.
const NEIGHBOURS_MAX: usize = 64;
/// The most pairs offered. Nobody looks through more; settling some brings up the next.
const PAIRS_MAX: usize = 1_000;

/// Two records of one unit and form that may be the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The unit of both.
    pub unit: UnitId,
    /// The lower record: the one that would count.
    pub first: RecordId,
    /// The other.
    pub second: RecordId,
    /// How alike the titles are, from [`SIMILARITY_MIN`] to 1.
    pub similarity: f64,
}

/// Pairs that may be the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Suspects {
    /// By records, each pair once.
    pub pairs: Vec<Suspect>,
    /// Whether all were looked at: false if a limit ended it.
    pub complete: bool,
}

/// The records among these that may be the same: of one unit and form, at most three days apart by the form's date (the
/// day of creation where that is unanswered), with titles alike but for marks, case and spacing, with the same numbers
/// in them (khu phố 3 is not khu phố 4), and at most 500 m apart where both say where they were.
///
/// Not offered: what was withdrawn or annulled, and what is one already, by `same_as` or shared `unique` answers.
pub fn suspects(campaign: &Campaign, rows: &[Row]) -> Suspects {
    let standings = standings(campaign, rows);
    let components = components(campaign, rows);
    let mut blocks: BTreeMap<(&str, &str), Vec<Entry>> = BTreeMap::new();
    for row in rows {
        if matches!(standings.get(&row.record), Some(Standing::Withdrawn | Standing::Annulled { .. })) {
            continue;
        }
        if let Some(entry) = Entry::of(campaign, row) {
            blocks.entry((row.unit.as_str(), row.form.as_str())).or_default().push(entry);
        }
    }
    let mut found = Suspects { pairs: Vec::new(), complete: true };
    for mut block in blocks.into_values() {
        block.sort_by(|a, b| (a.date, &a.title, a.row.record).cmp(&(b.date, &b.title, b.row.record)));
        for (at, entry) in block.iter().enumerate() {
            let near =
                block[at + 1..].iter().take_while(|other| days_between(entry.date, other.date) <= DAYS_APART_MAX);
            for (nth, other) in near.enumerate() {
                if nth == NEIGHBOURS_MAX {
                    found.complete = false;
                    break;
                }
                let one = components.get(&entry.row.record) == components.get(&other.row.record);
                let Some(similarity) = entry.similarity(other).filter(|_| !one) else { continue };
                if found.pairs.len() == PAIRS_MAX {
                    found.complete = false;
                    return found.sorted();
                }
                let (first, second) = (entry.row.record.min(other.row.record), entry.row.record.max(other.row.record));
                found.pairs.push(Suspect { unit: entry.row.unit.clone(), first, second, similarity });
            }
        }
    }
    found.sorted()
}

impl Suspects {
    fn sorted(mut self) -> Self {
        self.pairs.sort_by_key(|pair| (pair.first, pair.second));
        self
    }
}

/// What of a row is compared.
struct Entry<'r> {
    row: &'r Row,
    date: Date,
    title: String,
    letters: usize,
    numbers: Vec<String>,
    place: Option<Place>,
}

impl<'r> Entry<'r> {
    /// `None` where there is no title to compare. What a person chose from a list is none: half a day's records share it.
    fn of(campaign: &Campaign, row: &'r Row) -> Option<Self> {
        let form = campaign.form(&row.form)?;
        let written = |field: &Field| matches!(field.kind, FieldKind::Text | FieldKind::Paragraph);
        form.title_field.as_ref().and_then(|id| form.field(id)).filter(|field| written(field))?;
        let title: String = fold(row.title(campaign, form)?).chars().take(TITLE_LETTERS_MAX).collect();
        let numbers = title.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty());
        let numbers = numbers.map(|number| number.trim_start_matches('0').to_owned()).collect();
        let (date, place) = (date_of(campaign, form, row), Place::of(form, row));
        (!title.is_empty()).then(|| Self { row, date, letters: title.chars().count(), numbers, place, title })
    }

    fn similarity(&self, other: &Self) -> Option<f64> {
        let (short, long) = (self.letters.min(other.letters), self.letters.max(other.letters));
        // No more letters can agree than the shorter has.
        if (short as f64) < SIMILARITY_MIN * long as f64 || self.numbers != other.numbers {
            return None;
        }
        if let (Some(a), Some(b)) = (self.place, other.place)
            && a.distance_m(b) > DISTANCE_M_MAX
        {
            return None;
        }
        let similarity = strsim::normalized_levenshtein(&self.title, &other.title);
        (similarity >= SIMILARITY_MIN).then_some(similarity)
    }
}

fn days_between(a: Date, b: Date) -> i32 {
    (b - a).get_days()
}
