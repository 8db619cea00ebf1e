//! Changes that stand where none belongs: gaps in the counting, dependencies on nothing, first changes too many.

use dongbo_core::{
    ChangeHash, RecordId,
    change::{Action, Change, Scalar, write_chunk},
    record::{RecordError, StructureError},
};

use super::{
    Case, Sender, Victim,
    victim::{answers, key},
};

pub(super) fn cases(sender: &mut Sender, victim: &Victim) -> anyhow::Result<Vec<Case>> {
    let good = &victim.third.change;
    let other = sender.create()?;
    let (first, second) = (victim.first.change.hash, victim.second.change.hash);
    let orphan = ChangeHash([0xff; 32]);
    let with = |alter: &dyn Fn(&mut Change)| {
        let mut change = good.clone();
        alter(&mut change);
        change
    };
    let expected = good.start_op;
    let mut both = vec![first, second];
    both.sort_unstable();
    let mut cases: Vec<Case> = [
        ("a jump in the sequence", with(&|c| c.seq = 7), StructureError::Sequence { expected: 3, found: 7 }),
        (
            "the last number there is",
            with(&|c| c.seq = u64::MAX),
            StructureError::Sequence { expected: 3, found: u64::MAX },
        ),
        ("a sequence that stands still", with(&|c| c.seq = 2), StructureError::Sequence { expected: 3, found: 2 }),
        (
            "a gap before the first operation",
            with(&|c| c.start_op += 1),
            StructureError::FirstOp { expected, found: expected + 1 },
        ),
        ("operations that were taken", with(&|c| c.start_op = 2), StructureError::FirstOp { expected, found: 2 }),
        ("a dependency on an ancestor", with(&|c| c.deps = both.clone()), StructureError::Dependencies),
        ("two first changes", second_first(victim), StructureError::FirstChange),
    ]
    .map(|(name, change, error)| Case::misplaced(sender, victim, name, &change, error))
    .into();

    for (name, deps) in [("an orphan dependency", vec![orphan]), ("an orphan among dependencies", vec![second, orphan])]
    {
        let bytes = sender.sign(victim.record(), &write_chunk(&with(&|c| c.deps = deps.clone())));
        cases.push(Case::new(name, bytes, "missing_dependency", orphan));
    }
    let unrooted = write_chunk(&with(&|c| c.deps.clear()));
    for (name, record, chunk) in [
        ("a first change without a root", victim.record(), &unrooted),
        ("another record's first change", victim.record(), &other.chunk),
        ("a record under an invented id", RecordId([5; 16]), &other.chunk),
    ] {
        let case = Case::new(name, sender.sign(record, chunk), "record_mismatch", RecordError::Mismatch);
        let known = record == victim.record();
        cases.push(if known { case.on_a_phone(StructureError::FirstChange) } else { case });
    }
    let bytes = sender.sign(victim.record(), &write_chunk(&equivocation(victim)));
    let says = "another change with the same number";
    cases.push(Case::new("two changes of one number", bytes, "equivocation", second).on_a_phone(says));
    Ok(cases)
}

/// The victim's first change once more, under the same id, with another title.
fn second_first(victim: &Victim) -> Change {
    let mut change = victim.first.change.clone();
    for op in change.ops.iter_mut().filter(|op| op.key == key("title")) {
        op.value = Scalar::Text("Một bản ghi khác".into());
    }
    change
}

/// Another change with the second one's number, at the same place.
fn equivocation(victim: &Victim) -> Change {
    let mut next = victim.next();
    let second = &victim.second.change;
    (next.0.deps, next.0.seq, next.0.start_op) = (second.deps.clone(), second.seq, second.start_op);
    next.op(answers(victim), key("place"), Action::Put, Scalar::Text("Nơi khác".into()), &[]).0
}
