//! Roots that are not a record's, and roots written after the first change.

use dongbo_core::{
    change::{Action, Change, Key, ObjectId, Op, Scalar, write_chunk},
    record::{RecordError, StructureError, Written},
};

use super::{
    Case, Sender, Victim,
    victim::{Next, key},
};

type Alter = fn(&mut Change);

pub(super) fn cases(sender: &mut Sender, victim: &Victim) -> anyhow::Result<Vec<Case>> {
    let first = sender.create()?;
    let mut cases = new_records(sender, &first);
    let root = |name: &str, action, value, replaces: &[_]| {
        victim.next().op(ObjectId::Root, key(name), action, value, replaces).0
    };
    let text = |text: &str| Scalar::Text(text.into());
    for (name, change) in [
        ("the root overwritten", root("unit", Action::Put, text("26569"), &[victim.made("unit")])),
        ("the root's map hidden by a value", root("answers", Action::Put, text(""), &[victim.made("answers")])),
        ("a new root map over everyone's answers", root("answers", Action::MakeMap, Scalar::Null, &[])),
        ("the root's map replaced", root("answers", Action::MakeMap, Scalar::Null, &[victim.made("answers")])),
        ("the root's map deleted", root("answers", Action::Delete, Scalar::Null, &[victim.made("answers")])),
        ("a key of the root deleted", root("salt", Action::Delete, Scalar::Null, &[victim.made("salt")])),
        ("a new key of the root", root("them", Action::Put, text("khóa lạ"), &[])),
    ] {
        cases.push(Case::misplaced(sender, victim, name, &change, StructureError::Root));
    }
    Ok(cases)
}

/// First changes whose record id fits and whose root does not.
fn new_records(sender: &Sender, first: &Written) -> Vec<Case> {
    let last = first.change.last_op();
    let broken: [(&str, Alter, StructureError); 8] = [
        ("a key of the root missing", |c| op(c, "meta").key = key("metb"), StructureError::Root),
        ("a key of the root too many", |c| append(c, "them", Scalar::Int(1)), StructureError::Root),
        ("the version twice", |c| append(c, "version", Scalar::Int(1)), StructureError::Twice(last + 1)),
        ("answers that are a text", |c| op(c, "answers").action = Action::MakeText, StructureError::Root),
        ("version 0", |c| op(c, "version").value = Scalar::Int(0), StructureError::Root),
        ("another time than it was created", |c| c.time_s += 1, StructureError::Root),
        ("a first change that is the second", |c| c.seq = 2, StructureError::Sequence { expected: 1, found: 2 }),
        ("a first change that begins late", |c| c.start_op = 9, StructureError::FirstOp { expected: 1, found: 9 }),
    ];
    let unnamed: [(&str, Alter); 3] = [
        ("a salt of nine bytes", |c| op(c, "salt").value = Scalar::Bytes(vec![7; 9])),
        ("a unit that is no id", |c| op(c, "unit").value = Scalar::Text("../../etc".into())),
        ("another unit than the record id's", |c| op(c, "unit").value = Scalar::Text("26569".into())),
    ];
    let bytes = |alter: Alter| {
        let mut change = first.change.clone();
        alter(&mut change);
        sender.sign(first.record.id(), &write_chunk(&change))
    };
    let broken = broken.map(|(name, alter, error)| Case::new(name, bytes(alter), "invalid_change", error));
    let unnamed = unnamed.map(|(name, alter)| Case::new(name, bytes(alter), "record_mismatch", RecordError::Mismatch));
    broken.into_iter().chain(unnamed).collect()
}

/// The operation at a key of the root.
fn op<'a>(change: &'a mut Change, name: &str) -> &'a mut Op {
    let at = |op: &&mut Op| op.object == ObjectId::Root && matches!(&op.key, Key::Prop(key) if key == name);
    match change.ops.iter_mut().find(at) {
        Some(op) => op,
        None => unreachable!("a first change has {name}"),
    }
}

fn append(change: &mut Change, name: &str, value: Scalar) {
    *change = Next(change.clone()).op(ObjectId::Root, key(name), Action::Put, value, &[]).0;
}
