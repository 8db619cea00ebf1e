//! Writes a change as Automerge writes it. A change has exactly one such form, and the strict reader accepts no other:
//! so what Automerge makes of a document, saves and loads again still has the hash that was signed.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{
    op::{Action, Key, ObjectId, Op, OpId, Scalar},
    reader::{Change, MAGIC, TYPE_CHANGE},
};
use crate::Actor;

#[cfg(test)]
mod tests;

/// The change as an uncompressed chunk. [`Change::hash`] is not looked at: it follows from the rest.
pub fn write_chunk(change: &Change) -> Vec<u8> {
    let mut body = Vec::with_capacity(256 + change.ops.len() * 8);
    write_body(change, &mut body);
    seal(&body)
}

/// Puts magic, checksum, chunk type and length before the body of a change.
pub fn seal(body: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(body.len() + 16);
    chunk.extend(MAGIC);
    chunk.extend([0; 4]);
    chunk.push(TYPE_CHANGE);
    unsigned(&mut chunk, body.len() as u64);
    chunk.extend_from_slice(body);
    let hash = Sha256::digest(&chunk[8..]);
    chunk[4..8].copy_from_slice(&hash[..4]);
    chunk
}

/// Everything after the chunk's length.
pub(super) fn write_body(change: &Change, out: &mut Vec<u8>) {
    let mut deps = change.deps.clone();
    deps.sort_unstable();
    unsigned(out, deps.len() as u64);
    deps.iter().for_each(|dep| out.extend(dep.0));
    prefixed(out, &change.actor.to_bytes());
    unsigned(out, change.seq);
    unsigned(out, change.start_op);
    signed(out, change.time_s);
    // No message.
    unsigned(out, 0);
    let others = other_actors(change);
    unsigned(out, others.len() as u64);
    others.iter().for_each(|actor| prefixed(out, &actor.to_bytes()));
    write_columns(out, &columns(&change.ops, &Indices { own: change.actor, others }));
}

fn write_columns(out: &mut Vec<u8>, columns: &[(u64, Vec<u8>)]) {
    let filled = || columns.iter().filter(|(_, column)| !column.is_empty());
    unsigned(out, filled().count() as u64);
    for (id, column) in filled() {
        unsigned(out, *id);
        unsigned(out, column.len() as u64);
    }
    filled().for_each(|(_, column)| out.extend_from_slice(column));
}

/// The actors that the operations name beside the change's own, in order.
fn other_actors(change: &Change) -> Vec<Actor> {
    let mut others = BTreeSet::new();
    for op in &change.ops {
        let object = if let ObjectId::Made(id) = &op.object { Some(id) } else { None };
        let element = if let Key::Element(id) = &op.key { Some(id) } else { None };
        let named = object.into_iter().chain(element).chain(&op.replaces).map(|id| id.actor);
        others.extend(named.filter(|actor| *actor != change.actor));
    }
    others.into_iter().collect()
}

/// How a change's columns name actors: 0 is its own, then the others in order.
struct Indices {
    own: Actor,
    others: Vec<Actor>,
}

impl Indices {
    fn of(&self, id: &OpId) -> u64 {
        if id.actor == self.own {
            return 0;
        }
        self.others.binary_search(&id.actor).map_or(0, |at| at as u64 + 1)
    }
}

/// The columns in the order of their ids.
fn columns(ops: &[Op], actors: &Indices) -> [(u64, Vec<u8>); 12] {
    let object = |op: &Op| if let ObjectId::Made(id) = op.object { Some(id) } else { None };
    let element = |op: &Op| if let Key::Element(id) = op.key { Some(id) } else { None };
    let counter = |op: &Op| match &op.key {
        Key::Prop(_) => None,
        Key::Head => Some(0),
        Key::Element(id) => Some(id.counter),
    };
    let mut raw = Vec::new();
    let metas: Vec<u64> = ops.iter().map(|op| value(&op.value, &mut raw)).collect();
    let replaced = || ops.iter().flat_map(|op| &op.replaces);
    [
        (0x01, runs(ops.iter().map(|op| object(op).map(|id| actors.of(&id))), unsigned_ref)),
        (0x02, runs(ops.iter().map(|op| object(op).map(|id| id.counter)), unsigned_ref)),
        (0x11, runs(ops.iter().map(|op| element(op).map(|id| actors.of(&id))), unsigned_ref)),
        (0x13, runs(differences(ops.iter().map(counter)), signed_ref)),
        (0x15, runs(ops.iter().map(property), |out, text| prefixed(out, text.as_bytes()))),
        (0x34, booleans(ops.iter().map(|op| op.insert))),
        (0x42, runs(ops.iter().map(|op| Some(action(op.action))), unsigned_ref)),
        (0x56, runs(metas.into_iter().map(Some), unsigned_ref)),
        (0x57, raw),
        (0x70, runs(ops.iter().map(|op| Some(op.replaces.len() as u64)), unsigned_ref)),
        (0x71, runs(replaced().map(|id| Some(actors.of(id))), unsigned_ref)),
        (0x73, runs(differences(replaced().map(|id| Some(id.counter))), signed_ref)),
    ]
}

fn property(op: &Op) -> Option<&str> {
    if let Key::Prop(text) = &op.key { Some(text) } else { None }
}

fn action(action: Action) -> u64 {
    match action {
        Action::MakeMap => 0,
        Action::Put => 1,
        Action::Delete => 3,
        Action::MakeText => 4,
    }
}

/// Appends a value's bytes; gives its type and length as the column of values has it.
fn value(value: &Scalar, raw: &mut Vec<u8>) -> u64 {
    let start = raw.len();
    let kind = match value {
        Scalar::Null => 0,
        Scalar::Bool(false) => 1,
        Scalar::Bool(true) => 2,
        Scalar::Int(number) => {
            signed(raw, *number);
            4
        }
        Scalar::Text(text) => {
            raw.extend_from_slice(text.as_bytes());
            6
        }
        Scalar::Bytes(bytes) => {
            raw.extend_from_slice(bytes);
            7
        }
        Scalar::Timestamp(number) => {
            signed(raw, *number);
            9
        }
    };
    ((raw.len() - start) as u64) << 4 | kind
}

/// A run-length column: equal neighbours as one run, others side by side as one literal run, nulls as runs of their
/// own. A column of nothing but nulls is empty.
fn runs<T: PartialEq + Copy>(values: impl Iterator<Item = Option<T>>, write: impl Fn(&mut Vec<u8>, &T)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut literal: Vec<T> = Vec::new();
    let flush = |out: &mut Vec<u8>, literal: &mut Vec<T>| {
        if !literal.is_empty() {
            signed(out, -(literal.len() as i64));
            literal.drain(..).for_each(|value| write(out, &value));
        }
    };
    let mut values = values.peekable();
    let mut any = false;
    while let Some(value) = values.next() {
        let mut length = 1_u64;
        while values.next_if_eq(&value).is_some() {
            length += 1;
        }
        match value {
            None => {
                if !any && values.peek().is_none() {
                    return out;
                }
                flush(&mut out, &mut literal);
                signed(&mut out, 0);
                unsigned(&mut out, length);
            }
            Some(value) if length == 1 => literal.push(value),
            Some(value) => {
                flush(&mut out, &mut literal);
                signed(&mut out, length as i64);
                write(&mut out, &value);
            }
        }
        any = true;
    }
    flush(&mut out, &mut literal);
    out
}

/// Each number less the one before it, nulls left out of account.
fn differences(numbers: impl Iterator<Item = Option<u64>>) -> impl Iterator<Item = Option<i64>> {
    numbers.scan(0_i64, |last, number| {
        Some(number.map(|number| {
            let difference = (number as i64).saturating_sub(*last);
            *last = number as i64;
            difference
        }))
    })
}

/// The lengths of runs of false and true in turn.
fn booleans(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut last, mut length) = (false, 0_u64);
    for value in values {
        if value != last {
            unsigned(&mut out, length);
            (last, length) = (value, 0);
        }
        length += 1;
    }
    if length > 0 {
        unsigned(&mut out, length);
    }
    out
}

fn unsigned_ref(out: &mut Vec<u8>, number: &u64) {
    unsigned(out, *number);
}

fn signed_ref(out: &mut Vec<u8>, number: &i64) {
    signed(out, *number);
}

/// Appends a length and bytes.
fn prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends an unsigned LEB128 number in its shortest form.
fn unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed LEB128 number in its shortest form.
fn signed(out: &mut Vec<u8>, mut number: i64) {
    while !(-0x40..0x40).contains(&number) {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8 & 0x7f);
}
