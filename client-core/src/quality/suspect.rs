//! Sạch: records that may be the same event, written down twice.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::place::Place;
use crate::{
    RecordId, UnitId,
    campaign::{Campaign, Field, FieldKind},
    limits::{SUSPECT_NEIGHBOURS_MAX, SUSPECT_TITLE_LETTERS_MAX, SUSPECT_UNIT_PAIRS_MAX},
    record::Row,
    rollup::{Standing, components, date_of, standings},
    text::fold,
};

/// Two records are compared if their dates are no further apart, in days.
pub const SUSPECT_DAYS_MAX: i32 = 3;
/// Titles alike from here on: 1 less the share of letters to be changed (normalised Levenshtein distance). A missing
/// word of a title of ten is let through, another place name is not.
pub const SUSPECT_SIMILARITY_MIN: f64 = 0.85;
/// Two records that both say where are not the same if they are further apart, in metres. A phone indoors is often off
/// by a hundred.
pub const SUSPECT_DISTANCE_M_MAX: f64 = 500.0;

/// Two records of one unit and form that may be the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The unit of both.
    pub unit: UnitId,
    /// The lower record: the one that would count.
    pub first: RecordId,
    /// The other.
    pub second: RecordId,
    /// How alike the titles are, from [`SUSPECT_SIMILARITY_MIN`] to 1.
    pub similarity: f64,
}

/// Pairs that may be the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Suspects {
    /// By records, each pair once; at most [`SUSPECT_UNIT_PAIRS_MAX`] of a unit.
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
    let mut room: BTreeMap<&str, usize> = BTreeMap::new();
    for ((unit, _), mut block) in blocks {
        block.sort_by(|a, b| (a.date, &a.title, a.row.record).cmp(&(b.date, &b.title, b.row.record)));
        let room = room.entry(unit).or_insert(SUSPECT_UNIT_PAIRS_MAX);
        found.complete &= near(&block, |entry, other| {
            let (first, second) = (entry.row.record.min(other.row.record), entry.row.record.max(other.row.record));
            let one = components.get(&first) == components.get(&second);
            let Some(similarity) = entry.similarity(other).filter(|_| !one) else { return true };
            let has_room = *room > 0;
            if has_room {
                *room -= 1;
                found.pairs.push(Suspect { unit: entry.row.unit.clone(), first, second, similarity });
            }
            has_room
        });
    }
    found.pairs.sort_by_key(|pair| (pair.first, pair.second));
    found
}

/// Calls `compare` with all pairs of a sorted block that are near in time, until it returns false; whether it came to
/// the end of them.
fn near<'r>(block: &[Entry<'r>], mut compare: impl FnMut(&Entry<'r>, &Entry<'r>) -> bool) -> bool {
    let mut complete = true;
    for (at, entry) in block.iter().enumerate() {
        let later = block[at + 1..].iter();
        let near = later.take_while(|other| (other.date - entry.date).get_days() <= SUSPECT_DAYS_MAX);
        for (nth, other) in near.enumerate() {
            if nth == SUSPECT_NEIGHBOURS_MAX {
                complete = false;
                break;
            }
            if !compare(entry, other) {
                return false;
            }
        }
    }
    complete
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
        let title: String = fold(row.title(campaign, form)?).chars().take(SUSPECT_TITLE_LETTERS_MAX).collect();
        let numbers = title.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty());
        let numbers = numbers.map(|number| number.trim_start_matches('0').to_owned()).collect();
        let (date, place) = (date_of(campaign, form, row), Place::of(form, row));
        (!title.is_empty()).then(|| Self { row, date, letters: title.chars().count(), numbers, place, title })
    }

    fn similarity(&self, other: &Self) -> Option<f64> {
        let (short, long) = (self.letters.min(other.letters), self.letters.max(other.letters));
        // No more letters can agree than the shorter has.
        if (short as f64) < SUSPECT_SIMILARITY_MIN * long as f64 || self.numbers != other.numbers {
            return None;
        }
        if let (Some(a), Some(b)) = (self.place, other.place)
            && a.distance_m(b) > SUSPECT_DISTANCE_M_MAX
        {
            return None;
        }
        let similarity = strsim::normalized_levenshtein(&self.title, &other.title);
        (similarity >= SUSPECT_SIMILARITY_MIN).then_some(similarity)
    }
}
