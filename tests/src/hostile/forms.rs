//! Changes that read as they should and are written in another form: saved and loaded again, they would have another
//! hash than the one that was signed.

use dongbo_core::change::{Action, ReadError, Scalar, write_chunk};

use super::{
    Body, Case, Sender, Victim,
    leb::{literal, nulls, run},
    victim::{answers, key},
};

type Alter = fn(&mut Body);

const KEY_ACTOR: u64 = 0x11;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const PRED_COUNT: u64 = 0x70;

const PUT: u64 = 1;

/// How four puts of text can be written otherwise than as one run; none of them changes what they mean.
const CASES: [(&str, Alter); 9] = [
    ("a run split in two", |b| *b.column(ACTION) = [run(2, PUT), run(2, PUT)].concat()),
    ("a literal run of equal values", |b| *b.column(ACTION) = literal(&[PUT; 4])),
    ("a literal run split in two", |b| *b.column(PRED_COUNT) = [literal(&[0]), literal(&[1]), run(2, 0)].concat()),
    ("a single value as a run", |b| *b.column(PRED_COUNT) = [run(1, 0), run(1, 1), run(2, 0)].concat()),
    ("runs joined to a literal run", |b| *b.column(PRED_COUNT) = literal(&[0, 1, 0, 0])),
    ("a column of nothing but nulls", |b| *b.column(KEY_ACTOR) = nulls(4)),
    ("a column cut where only nulls follow", |b| b.column(INSERT).clear()),
    ("an actor listed that nothing names", |b| b.actors = vec![vec![1; 16]]),
    ("dependencies out of order", |b| b.deps = vec![[9; 32], [1; 32]]),
];

pub(super) fn cases(sender: &Sender, victim: &Victim) -> Vec<Case> {
    let text = || Scalar::Text("Ấp Tây".into());
    let put = |next: super::victim::Next, name: &str, replaces: &[_]| {
        next.op(answers(victim), key(name), Action::Put, text(), replaces)
    };
    let place = put(victim.next(), "place", &[]);
    let title = put(place, "title", &[victim.latest("title")]);
    let genuine = write_chunk(&put(put(title, "organiser", &[]), "co_organisers", &[]).0);
    let case = |(name, alter): (&str, Alter)| {
        let mut body = Body::of(&genuine);
        alter(&mut body);
        Case::unreadable(sender, victim, name, &body.chunk(), ReadError::Form)
    };
    CASES.into_iter().map(case).collect()
}
