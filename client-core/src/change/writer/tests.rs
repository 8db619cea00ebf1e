//! What is written is read back the same, what is read is written back the same, and nothing else is read.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    ChangeHash, DeviceId,
    change::{ReadError, SignedChange, read_chunk},
    limits::TIME_S_ABS_MAX,
};

fn own() -> Actor {
    Actor::first(DeviceId([5; 16]))
}

/// Names of operations from few actors and counters, so that runs and repetitions are common.
fn op_id() -> impl Strategy<Value = OpId> {
    let counter = prop_oneof![1_u64..9, 1_u64..1 << 40];
    (counter, 0_u8..4).prop_map(|(counter, actor)| {
        let device = DeviceId([5 + actor / 2; 16]);
        let actor = if actor % 2 == 0 { Actor::first(device) } else { Actor::further(device, [actor; 8]) };
        OpId { counter, actor }
    })
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        any::<i64>().prop_map(Scalar::Timestamp),
        "[a-cĐđ]{0,3}".prop_map(Scalar::Text),
        vec(any::<u8>(), 0..200).prop_map(Scalar::Bytes),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let object = prop_oneof![Just(ObjectId::Root), op_id().prop_map(ObjectId::Made)];
    let key = prop_oneof![
        "[a-bĐ]{0,2}".prop_map(Key::Prop),
        Just(Key::Prop("x".repeat(64))),
        Just(Key::Head),
        op_id().prop_map(Key::Element),
    ];
    let action = prop_oneof![Just(Action::MakeMap), Just(Action::MakeText), Just(Action::Put), Just(Action::Delete)];
    let replaces = proptest::collection::btree_set(op_id(), 0..3);
    (object, key, any::<bool>(), action, scalar(), replaces).prop_map(
        |(object, key, insert, action, value, replaces)| {
            let replaces = replaces.into_iter().collect();
            // Its name follows from the change.
            Op { id: OpId { counter: 0, actor: own() }, object, key, insert, action, value, replaces }
        },
    )
}

/// Operations in stretches of equal ones.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    let stretch = (op(), 1_usize..4).prop_map(|(op, count)| vec![op; count]);
    vec(stretch, 1..12).prop_map(|stretches| stretches.concat())
}

fn time_s() -> impl Strategy<Value = i64> {
    let most = TIME_S_ABS_MAX as i64;
    -most..=most
}

fn change() -> impl Strategy<Value = Change> {
    let deps = proptest::collection::btree_set(any::<[u8; 32]>(), 0..5);
    (deps, any::<u64>(), 1_u64..1 << 20, time_s(), ops()).prop_map(|(deps, seq, start_op, time_s, mut ops)| {
        for (counter, op) in (start_op..).zip(&mut ops) {
            op.id.counter = counter;
        }
        let deps = deps.into_iter().map(ChangeHash).collect();
        Change { hash: ChangeHash([0; 32]), deps, actor: own(), seq, start_op, time_s, ops }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(change in change()) {
        let chunk = write_chunk(&change);
        let read = read_chunk(&chunk).unwrap();
        prop_assert_eq!(write_chunk(&read), chunk);
        prop_assert_eq!(Change { hash: change.hash, ..read }, change);
    }
}

#[test]
fn every_sample_is_written_as_it_was() {
    let samples: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/golden/changes.json")).unwrap();
    let samples = samples["changes"].as_array().unwrap();
    for sample in samples {
        let signed = SignedChange::open(&hex::decode(sample["bytes"].as_str().unwrap()).unwrap()).unwrap();
        let change = signed.read().unwrap();
        assert_eq!(change.hash, signed.hash());
        assert_eq!(write_chunk(&change), signed.chunk(), "{}", change.hash);
    }
    assert!(samples.len() > 5);
}

/// A column's number and its bytes.
type Column = (u64, &'static [u8]);

/// Four puts of true, the second of which replaces two operations, as [`write_chunk`] writes them.
const COLUMNS: [Column; 7] = [
    (0x15, &[0x7c, 1, b'a', 1, b'b', 1, b'c', 1, b'd']),
    (0x34, &[4]),
    (0x42, &[4, 1]),
    (0x56, &[4, 2]),
    (0x70, &[0x7e, 0, 2, 2, 0]),
    (0x71, &[2, 0]),
    (0x73, &[2, 1]),
];

fn body(deps: &[[u8; 32]], actors: &[[u8; 16]], columns: &[Column]) -> Vec<u8> {
    let mut out = Vec::new();
    unsigned(&mut out, deps.len() as u64);
    out.extend(deps.concat());
    prefixed(&mut out, &own().to_bytes());
    out.extend([3, 9, 0, 0]);
    unsigned(&mut out, actors.len() as u64);
    actors.iter().for_each(|actor| prefixed(&mut out, actor));
    unsigned(&mut out, columns.len() as u64);
    for (id, column) in columns {
        out.extend([*id as u8, column.len() as u8]);
    }
    columns.iter().for_each(|(_, column)| out.extend_from_slice(column));
    out
}

/// The columns with one in another form, or one more.
fn with(id: u64, column: &'static [u8]) -> Vec<Column> {
    let mut columns = COLUMNS.to_vec();
    columns.retain(|(other, _)| *other != id);
    columns.push((id, column));
    columns.sort_unstable();
    columns
}

#[test]
fn no_other_form_is_read() {
    let deps = [[1; 32], [2; 32]];
    let genuine = read_chunk(&seal(&body(&deps, &[], &COLUMNS))).unwrap();
    assert_eq!(genuine.ops[1].replaces.len(), 2);
    for (what, deps, actors, columns) in [
        ("runs split", deps, vec![], with(0x42, &[2, 1, 2, 1])),
        ("runs joined to a literal run", deps, vec![], with(0x70, &[0x7c, 0, 2, 0, 0])),
        ("a literal run of equal values", deps, vec![], with(0x42, &[0x7c, 1, 1, 1, 1])),
        ("a literal run split", deps, vec![], with(0x70, &[0x7f, 0, 0x7f, 2, 2, 0])),
        ("a single value as a run", deps, vec![], with(0x70, &[1, 0, 0x7f, 2, 2, 0])),
        ("an actor listed that nothing names", deps, vec![[9; 16]], COLUMNS.to_vec()),
        ("dependencies out of order", [deps[1], deps[0]], vec![], COLUMNS.to_vec()),
        ("a column cut short", deps, vec![], with(0x34, &[])),
        ("nulls at the end left out", deps, vec![], with(0x70, &[0x7e, 0, 2])),
        ("an all-null column present", deps, vec![], with(0x11, &[0, 4])),
        ("an empty column present", deps, vec![], with(0x11, &[])),
        ("nulls split", deps, vec![], with(0x11, &[0, 2, 0, 2])),
        ("insertions split", deps, vec![], with(0x34, &[2, 0])),
    ] {
        let chunk = seal(&body(&deps, &actors, &columns));
        let expected = if what == "insertions split" { ReadError::Rows } else { ReadError::Form };
        assert_eq!(read_chunk(&chunk), Err(expected), "{what}");
    }
}
