//! What fuzzing has found, each as the smallest case. A fuzz target's input means something else once the target has
//! changed; these do not.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    Actor, ChangeHash, DeviceId,
    change::{Action, Change, Key, ObjectId, Op, OpId, ReadError, Scalar, read_chunk, write_chunk},
    limits::{CONTAINER_DEPTH_MAX, TIME_S_ABS_MAX},
    record::{Graph, Origin, Record, RecordError, StructureError},
};
use dongbo_tests::fuzz::samples::chunks;

/// The sample record with its first change only.
fn record() -> Record {
    let first = read_chunk(&chunks()[0]).unwrap();
    Record::replay(Origin::of(&first).unwrap().record(), [&chunks()[0][..]]).unwrap()
}

/// The map of answers.
fn answers(record: &Record) -> OpId {
    let first = &record.graph().changes()[0];
    first.ops.iter().find(|op| op.key == Key::Prop("answers".into())).unwrap().id
}

/// A further change with these operations: container, key, action.
fn change(record: &Record, time_s: i64, ops: &[(OpId, &str, Action)]) -> Change {
    let (heads, actor) = (record.heads(), Actor::further(DeviceId([7; 16]), [7; 8]));
    let changes = record.graph().changes();
    let start_op = changes.iter().map(Change::last_op).max().unwrap() + 1;
    let seq = 1 + changes.iter().filter(|change| change.actor == actor).count() as u64;
    let op = |(counter, (container, key, action)): (u64, &(OpId, &str, Action))| Op {
        id: OpId { counter, actor },
        object: ObjectId::Made(*container),
        key: Key::Prop((*key).into()),
        insert: false,
        action: *action,
        value: Scalar::Null,
        replaces: Vec::new(),
    };
    let ops = (start_op..).zip(ops).map(op).collect();
    Change { hash: ChangeHash([0; 32]), deps: heads, actor, seq, start_op, time_s, ops }
}

fn apply(record: &mut Record, change: &Change) -> Result<(), RecordError> {
    let chunk = write_chunk(change);
    record.apply(read_chunk(&chunk)?, &chunk)
}

/// Automerge stores the differences between the times of changes, and cannot load them where they overflow.
#[test]
fn the_times_of_two_changes_may_lie_as_far_apart_as_times_can() {
    const LAST: i64 = TIME_S_ABS_MAX as i64;
    let mut record = record();
    let container = answers(&record);
    for (key, time_s) in [("a", LAST), ("b", -LAST), ("c", LAST), ("d", 0)] {
        let next = change(&record, time_s, &[(container, key, Action::Put)]);
        assert_eq!(apply(&mut record, &next), Ok(()), "{time_s}");
    }
    for time_s in [LAST + 1, -LAST - 1, i64::MAX, i64::MIN] {
        let next = change(&record, time_s, &[(container, "e", Action::Put)]);
        assert_eq!(apply(&mut record, &next), Err(ReadError::Time.into()), "{time_s}");
    }
}

/// A change could name fewer actors than a record may have, so that a few hundred concurrent values at one key could never
/// be replaced.
#[test]
fn whatever_stands_at_a_key_can_be_replaced() {
    let mut graph = record().graph().clone();
    let put = change(&record(), 0, &[(answers(&record()), "nickname", Action::Put)]);
    let mut visible = Vec::new();
    for number in 0..300_u64 {
        let actor = Actor::further(DeviceId([7; 16]), number.to_be_bytes());
        let mut next = Change { actor, ..put.clone() };
        next.ops[0].id.actor = actor;
        visible.push(next.ops[0].id);
        graph.insert(read_chunk(&write_chunk(&next)).unwrap()).unwrap();
    }
    assert_eq!(graph.heads().len(), visible.len(), "all were made apart");
    let mut last = Change { deps: graph.heads(), ..put };
    last.start_op += 1;
    last.ops[0].id.counter += 1;
    last.ops[0].replaces = visible;
    graph.insert(read_chunk(&write_chunk(&last)).unwrap()).unwrap();
    assert_eq!(graph.heads().len(), 1);
}

/// The rules accepted any depth and left it to the reading of the document to stop.
#[test]
fn containers_nest_no_deeper_than_they_are_read() {
    let mut record = record();
    let mut container = answers(&record);
    for _ in 1..CONTAINER_DEPTH_MAX {
        let next = change(&record, 0, &[(container, "deeper", Action::MakeMap)]);
        container = next.ops[0].id;
        assert_eq!(apply(&mut record, &next), Ok(()));
    }
    for action in [Action::MakeMap, Action::MakeText] {
        let next = change(&record, 0, &[(container, "too deep", action)]);
        let refused = StructureError::Depth(next.start_op);
        assert_eq!(Graph::check(record.graph(), &next), Err(refused.clone()));
        assert_eq!(apply(&mut record, &next), Err(refused.into()));
    }
}
