//! Bodies whose fields or columns lie: bombs, claims beyond the end, actors and values that no change has.

use dongbo_core::{
    change::ReadError,
    limits::{CHANGE_ACTORS_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX, OP_COUNTER_MAX},
};

use super::{
    Body, Case, Sender, Victim,
    leb::{literal, nulls, run, unsigned},
};

type Alter = fn(&mut Body);

const OBJECT_ACTOR: u64 = 0x01;
const KEY_TEXT: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE_RAW: u64 = 0x57;
const PRED_COUNT: u64 = 0x70;

pub(super) fn cases(sender: &Sender, victim: &Victim) -> Vec<Case> {
    let all = FIELDS.into_iter().chain(LAYOUT).chain(BOMBS).chain(CONTENTS).chain(VALUES);
    let case = |(name, alter, error): (&str, Alter, ReadError)| {
        let mut body = Body::of(&victim.third.chunk);
        alter(&mut body);
        Case::unreadable(sender, victim, name, &body.chunk(), error)
    };
    all.map(case).collect()
}

/// Counters, actors, dependencies, message, bytes at the end.
const FIELDS: [(&str, Alter, ReadError); 14] = [
    ("a first operation near 2^32", |b| b.start_op = u64::from(u32::MAX) - 1, ReadError::OpCounter),
    ("a first operation of 2^64 - 1", |b| b.start_op = u64::MAX, ReadError::OpCounter),
    ("a first operation of 0", |b| b.start_op = 0, ReadError::OpCounter),
    ("a last operation beyond 2^24", |b| b.start_op = OP_COUNTER_MAX, ReadError::OpCounter),
    ("thousands of actors", |b| b.actors = actors(5_000), ReadError::Actors),
    ("one actor too many", |b| b.actors = actors(CHANGE_ACTORS_MAX as u32), ReadError::Actors),
    ("an actor listed twice", |b| b.actors = vec![vec![1; 16]; 2], ReadError::Actors),
    ("actors out of order", |b| b.actors = vec![vec![2; 16], vec![1; 16]], ReadError::Actors),
    ("its own actor among the others", |b| b.actors = vec![b.actor.clone()], ReadError::Actors),
    ("an actor of one byte", |b| b.actors = vec![vec![1]], ReadError::Actors),
    ("a dependency twice", |b| b.deps = vec![b.deps[0]; 2], ReadError::Deps),
    ("too many dependencies", |b| b.deps = vec![[7; 32]; CHANGE_DEPS_MAX + 1], ReadError::Deps),
    ("a message", |b| b.message = b"xin chao".to_vec(), ReadError::Extra),
    ("bytes after the columns", |b| b.extra = vec![1, 2, 3], ReadError::Extra),
];

/// Columns that no change has, and where they do not belong.
const LAYOUT: [(&str, Alter, ReadError); 5] = [
    ("an unknown column", |b| b.columns.push((0x7f, vec![1])), ReadError::Column(0x7f)),
    ("a column twice", |b| b.columns.push((ACTION, run(1, 1))), ReadError::Column(0x42)),
    ("columns out of order", |b| b.columns.reverse(), ReadError::Column(0x71)),
    // Bit 3 of a specification says that the column is deflated.
    ("a compressed column", |b| b.columns[1].0 |= 8, ReadError::Column(0x0a)),
    ("thousands of columns", |b| b.columns = vec![(1, vec![]); 5_000], ReadError::Column(u32::MAX)),
];

/// Runs that claim more than there is.
const BOMBS: [(&str, Alter, ReadError); 9] = [
    ("a run of 2^50 operations", |b| *b.column(ACTION) = run(1 << 50, 1), ReadError::Ops),
    ("a run of 2^63 operations", |b| *b.column(ACTION) = run(i64::MIN, 1), ReadError::Ops),
    ("one operation too many", |b| *b.column(ACTION) = run(CHANGE_OPS_MAX as i64 + 1, 1), ReadError::Ops),
    ("no operations", |b| b.column(ACTION).clear(), ReadError::Ops),
    ("a run of 2^50 keys", |b| *b.column(KEY_TEXT) = [run(1 << 50, 1), vec![b'a']].concat(), ReadError::Rows),
    ("a run of 2^50 nulls", |b| *b.column(KEY_TEXT) = nulls(1 << 50), ReadError::Rows),
    ("a run of 2^50 insertions", |b| *b.column(INSERT) = unsigned(1 << 50), ReadError::Rows),
    ("an operation that replaces 2^50", |b| *b.column(PRED_COUNT) = run(1, 1 << 50), ReadError::Rows),
    ("operations that replace 2^64 in all", |b| *b.column(PRED_COUNT) = run(2, u64::MAX), ReadError::Rows),
];

/// Columns that are there and wrong.
const CONTENTS: [(&str, Alter, ReadError); 8] = [
    ("a list", |b| b.column(ACTION)[1] = 2, ReadError::Operation),
    ("an increment", |b| b.column(ACTION)[1] = 5, ReadError::Operation),
    ("a mark", |b| b.column(ACTION)[1] = 7, ReadError::Operation),
    ("a column cut short", |b| _ = b.column(KEY_TEXT).pop(), ReadError::Truncated),
    ("a key that is not UTF-8", |b| b.column(KEY_TEXT)[4] = 0xff, ReadError::Utf8),
    ("a number in a longer form", |b| *b.column(INSERT) = vec![0x80, 0x00], ReadError::Number),
    ("a number of eleven bytes", |b| *b.column(INSERT) = vec![0xff; 11], ReadError::Number),
    ("an actor that is not listed", |b| b.column(OBJECT_ACTOR)[1] = 100, ReadError::Actors),
];

/// Values of other types, and of other lengths than they have.
const VALUES: [(&str, Alter, ReadError); 8] = [
    ("a float", |b| value(b, 5, &[0; 8]), ReadError::Value),
    ("an unsigned number", |b| value(b, 3, &[1]), ReadError::Value),
    ("Automerge's counter", |b| value(b, 8, &[1]), ReadError::Value),
    ("a value of no known type", |b| value(b, 15, &[1]), ReadError::Value),
    ("a number with bytes after it", |b| value(b, 4, &[1, 1]), ReadError::Value),
    ("a text that is not UTF-8", |b| value(b, 6, &[0xff]), ReadError::Utf8),
    ("a value that claims 2^60 bytes", |b| *b.column(VALUE_META) = run(1, u64::MAX), ReadError::Truncated),
    ("value bytes that no operation has", |b| b.column(VALUE_RAW).push(0), ReadError::Rows),
];

/// Gives the first operation this value and the others none.
fn value(body: &mut Body, kind: u64, raw: &[u8]) {
    *body.column(VALUE_META) = literal(&[(raw.len() as u64) << 4 | kind]);
    *body.column(VALUE_RAW) = raw.to_vec();
}

/// So many actors in order.
fn actors(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|number| [&number.to_be_bytes()[..], &[0; 12]].concat()).collect()
}
