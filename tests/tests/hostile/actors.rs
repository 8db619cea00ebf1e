//! A record that is flooded with actors, each by a change that is in order by itself.

use dongbo_core::{
    Actor,
    change::{Action, Change, Key, ObjectId, Op, OpId, Scalar, read_chunk, write_chunk},
    limits::RECORD_ACTORS_MAX,
    record::{Graph, StructureError},
};
use dongbo_tests::hostile::Victim;

use super::scene;

/// A change of a further actor, right after the record's first.
fn change(victim: &Victim, number: usize) -> Change {
    let first = &victim.first.change;
    let actor = Actor::further(first.actor.device(), (number as u64).to_be_bytes());
    let start_op = first.last_op() + 1;
    let op = Op {
        id: OpId { counter: start_op, actor },
        object: ObjectId::Made(victim.made("answers")),
        key: Key::Prop("place".into()),
        insert: false,
        action: Action::Put,
        value: Scalar::Text("Ấp Tây".into()),
        replaces: Vec::new(),
    };
    let change = Change { deps: vec![first.hash], actor, seq: 1, start_op, ops: vec![op], ..first.clone() };
    read_chunk(&write_chunk(&change)).unwrap()
}

#[test]
fn a_record_takes_so_many_and_no_more() {
    let (_, _, victim, _) = scene();
    let mut graph = Graph::new();
    graph.insert(victim.first.change.clone()).unwrap();
    for number in 1..RECORD_ACTORS_MAX {
        graph.insert(change(&victim, number)).unwrap();
    }
    let one_more = change(&victim, RECORD_ACTORS_MAX);
    assert_eq!(graph.insert(one_more), Err(StructureError::Actors));
    // Those that are there go on.
    graph.insert(victim.second.change.clone()).unwrap();
}
