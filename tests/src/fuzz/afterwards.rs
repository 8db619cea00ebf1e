//! What is done with a record once it was accepted: merged in another order, read, looked back at, edited, settled.

use std::{collections::BTreeSet, sync::OnceLock};

use dongbo_core::{
    Actor, ChangeHash, DeviceId, RecordId,
    change::read_chunk,
    outside::Moment,
    record::{EditError, MetaEdit, Record, Row, edit, history, read_row, resolve},
};
use serde_json::{Value, json};

use super::{history::History, input::Input, trial::reload};
use crate::{
    golden::{campaign, golden_form},
    world::{Seeded, answers},
};

/// Merges an accepted record in another order, reads it, looks back, edits it.
///
/// # Panics
/// With "finding" if any of this fails.
pub fn check(input: &mut Input<'_>, id: RecordId, made: &History) {
    let replayed = Record::replay(id, made.chunks().iter().map(Vec::as_slice));
    let replayed = replayed.expect("finding: an accepted record cannot be opened again");
    let row = row(&replayed);
    _ = history(&replayed);
    let other = in_another_order(input, id, made);
    for record in [&replayed, &other] {
        reload(&record.save(), &record.heads(), made.chunks());
    }
    assert_eq!(self::row(&other), row, "finding: changes in another order make another row");
    let changes = made.graph().changes();
    let at = changes[usize::from(input.byte()) % changes.len()].hash;
    let past = replayed.at(&[at]).expect("finding: an earlier state cannot be made");
    _ = self::row(&past);
    edit_as_a_device(input, &other, &row, at);
}

fn row(record: &Record) -> Row {
    let campaign = campaign_of_samples();
    read_row(record, Some((campaign, golden_form(campaign)))).expect("finding: an accepted record cannot be read")
}

fn campaign_of_samples() -> &'static dongbo_core::campaign::Campaign {
    static CAMPAIGN: OnceLock<dongbo_core::campaign::Campaign> = OnceLock::new();
    CAMPAIGN.get_or_init(campaign)
}

/// Takes the changes in one by one, always one whose dependencies are there, the input saying which.
fn in_another_order(input: &mut Input<'_>, id: RecordId, made: &History) -> Record {
    let mut record = Record::empty(id);
    let mut left: Vec<&Vec<u8>> = made.chunks().iter().collect();
    let mut there: BTreeSet<ChangeHash> = BTreeSet::new();
    let latest = input.one_in(2);
    while !left.is_empty() {
        let read = |chunk: &Vec<u8>| read_chunk(chunk).expect("finding: read once, not read again");
        let ready = |chunk: &&&Vec<u8>| read(chunk).deps.iter().all(|dep| there.contains(dep));
        let mut places = left.iter().enumerate().filter(|(_, chunk)| ready(chunk)).map(|(place, _)| place);
        let place = if latest { places.next_back() } else { places.next() };
        let chunk = left.remove(place.expect("the chunks came each after those it builds on"));
        let change = read(chunk);
        there.insert(change.hash);
        record.apply(change, chunk).unwrap_or_else(|error| panic!("finding: in another order, {error}"));
    }
    record
}

/// Saves as a person would, on the present heads or on older ones; settles a conflict.
fn edit_as_a_device(input: &mut Input<'_>, record: &Record, row: &Row, at: ChangeHash) {
    let form = golden_form(campaign_of_samples());
    let heads = if input.one_in(2) { vec![at] } else { record.heads() };
    let actor = Actor::further(DeviceId([0x55; 16]), *b"a device");
    let mut random = Seeded(7);
    let mut moment = Moment::new(1_678_420_000_000, &mut random);
    let fields = answers(edits()[input.below(edits().len())].clone());
    let written = edit(record, form, &heads, actor, &fields, &MetaEdit::default(), &mut moment);
    let written = match written {
        Ok(written) => written.record,
        Err(EditError::NothingChanged | EditError::Value { .. }) => record.clone(),
        Err(error) => panic!("finding: an accepted record cannot be edited: {error}"),
    };
    _ = self::row(&written);
    let Some(conflict) = row.conflicts.get(input.below(row.conflicts.len())) else { return };
    let choice = input.below(conflict.candidates.len());
    let rules = Some((campaign_of_samples(), form));
    match resolve(record, rules, &record.heads(), actor, &conflict.path, choice, &moment) {
        Ok(settled) => {
            let still = self::row(&settled.record).conflicts.into_iter().find(|still| still.path == conflict.path);
            assert_eq!(still, None, "finding: a settled conflict is still there");
        }
        // Something of another kind stands there too, and is kept.
        Err(EditError::Value { .. }) => {}
        // Removed, and removed again.
        Err(EditError::NothingChanged) if conflict.path.ends_with("/removed") => {}
        Err(error) => panic!("finding: the conflict {conflict:?} cannot be settled: {error}"),
    }
}

fn edits() -> [Value; 5] {
    let long = "Đ".repeat(300);
    [
        json!({"name": "Trần Thị Bình", "notes": "Nhà ở giữa đường."}),
        json!({"people": 7, "sources": ["rain"], "reached": {"add": 2}, "poor": true}),
        json!({"tanks": [{"litres": 5, "remark": "mới"}], "notes": "", "name": null}),
        json!({"photos": [{"id": "cd".repeat(32), "name": "a.jpg", "media_type": "image/jpeg", "size": 1}]}),
        json!({"notes": long, "left_at": 0, "income": "-1.5", "visited_on": "2023-03-11", "main_source": "rain"}),
    ]
}
