//! Every conflict that a row lists can be settled by each of its values.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    Actor, ChangeHash, DeviceId,
    change::{Action, Change, Key, ObjectId, Op, OpId, Scalar, read_chunk, write_chunk},
    outside::Moment,
    record::{EditError, MetaEdit, Origin, Record, Row, edit, read_row, resolve},
};
use dongbo_tests::{
    fuzz::samples::chunks,
    golden::{campaign, golden_form},
    world::{Seeded, answers},
};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_678_420_000_000;

/// The sample record's first change.
fn record() -> Record {
    let first = read_chunk(&chunks()[0]).unwrap();
    Record::replay(Origin::of(&first).unwrap().record(), [&chunks()[0][..]]).unwrap()
}

fn row(record: &Record) -> Row {
    let campaign = campaign();
    read_row(record, Some((&campaign, golden_form(&campaign)))).unwrap()
}

/// Edits on the same heads, each by another device, merged.
fn apart(base: &Record, edits: &[Value]) -> Record {
    let campaign = campaign();
    let (mut merged, heads) = (base.clone(), base.heads());
    for (number, fields) in (1..).zip(edits) {
        let actor = Actor::first(DeviceId([number; 16]));
        let mut random = Seeded(u64::from(number));
        let mut moment = Moment::new(NOW_MS, &mut random);
        let form = golden_form(&campaign);
        let fields = answers(fields.clone());
        merged = edit(&merged, form, &heads, actor, &fields, &MetaEdit::default(), &mut moment).unwrap().record;
    }
    merged
}

/// Settles the only conflict by each of its values.
fn check(record: &Record, path: &str) {
    let campaign = campaign();
    let rules = Some((&campaign, golden_form(&campaign)));
    let conflicts = row(record).conflicts;
    assert_eq!(conflicts.iter().map(|conflict| &conflict.path[..]).collect::<Vec<_>>(), [path]);
    for choice in 0..conflicts[0].candidates.len() {
        let actor = Actor::first(DeviceId([9; 16]));
        let settled =
            resolve(record, rules, &record.heads(), actor, path, choice, &Moment::new(NOW_MS, &mut Seeded(9))).unwrap();
        assert_eq!(row(&settled.record).conflicts, [], "{path}, choice {choice}");
        let shown = conflicts[0].candidates[choice].value.to_string();
        let after = serde_json::to_string(&row(&settled.record).answers).unwrap();
        let is_shown = shown == "null" || after.contains(&shown);
        assert!(is_shown, "{path}: {shown} is not in {after}");
    }
}

#[test]
fn fields_of_every_place_are_settled() {
    let item = row(&record()).answers["tanks"][0]["id"].as_str().unwrap().to_owned();
    let photo = "ab".repeat(32);
    let litres = |litres: i64| json!({"tanks": [{"id": item, "litres": litres}]});
    let named = |name: &str| json!({"photos": [{"id": photo, "name": name}]});
    let cases = [
        ("name".to_owned(), [json!({"name": "An"}), json!({"name": "Ân"})]),
        ("people".to_owned(), [json!({"people": 5}), json!({"people": null})]),
        (format!("tanks/{item}/litres"), [litres(1), litres(2)]),
        (format!("photos/{photo}/name"), [named("a.jpg"), named("b.jpg")]),
    ];
    for (path, edits) in cases {
        check(&apart(&record(), &edits), &path);
    }
}

/// The removal stands against a write, so there is only one value at the place the row names. Saying again that the item is
/// removed writes nothing, as Automerge leaves out a put of the only value; it is brought back first.
#[test]
fn an_item_removed_while_it_was_written_is_brought_back() {
    let item = row(&record()).answers["tanks"][0]["id"].as_str().unwrap().to_owned();
    let edits = [json!({"tanks": [{"id": item, "removed": true}]}), json!({"tanks": [{"id": item, "litres": 7}]})];
    let record = apart(&record(), &edits);
    let (campaign, path) = (campaign(), format!("tanks/{item}/removed"));
    let conflicts = row(&record).conflicts;
    let values: Vec<&Value> = conflicts[0].candidates.iter().map(|candidate| &candidate.value).collect();
    assert_eq!((&conflicts[0].path, values), (&path, vec![&json!(true), &json!(false)]));
    let rules = Some((&campaign, golden_form(&campaign)));
    let choose = |choice| {
        let actor = Actor::first(DeviceId([9; 16]));
        resolve(&record, rules, &record.heads(), actor, &path, choice, &Moment::new(NOW_MS, &mut Seeded(9)))
    };
    assert_eq!(choose(0).err(), Some(EditError::NothingChanged));
    let settled = row(&choose(1).unwrap().record);
    assert_eq!((settled.conflicts, &settled.answers["tanks"][0]["litres"]), (vec![], &json!(7)));
}

/// Values that do not fit the field are not listed, and must not be counted when one is chosen by its number. Found by
/// fuzzing.
#[test]
fn what_the_row_does_not_list_is_not_chosen() {
    let mut record = apart(&record(), &[json!({"people": 5}), json!({"people": 6})]);
    let base = read_chunk(&chunks()[0]).unwrap();
    let op_of = |key: &str| base.ops.iter().find(|op| op.key == Key::Prop(key.into())).unwrap().id;
    let actor = Actor::first(DeviceId([0xff; 16]));
    let op = Op {
        id: OpId { counter: base.last_op() + 1, actor },
        object: ObjectId::Made(op_of("answers")),
        key: Key::Prop("people".into()),
        insert: false,
        action: Action::Put,
        value: Scalar::Text("six".into()),
        replaces: vec![op_of("people")],
    };
    let (deps, start_op) = (vec![base.hash], base.last_op() + 1);
    let misfit = Change { hash: ChangeHash([0; 32]), deps, actor, seq: 1, start_op, time_s: 0, ops: vec![op] };
    let chunk = write_chunk(&misfit);
    record.apply(read_chunk(&chunk).unwrap(), &chunk).unwrap();
    assert_eq!(row(&record).other["people"], "six");
    check(&record, "people");
}
