//! Changes of the sample record with bytes changed, sealed again so that no checksum stops them.

use std::sync::OnceLock;

use dongbo_core::change::{read_chunk, seal};

use super::{afterwards, history::History, input::Input, samples::chunks};

/// The first byte says which change of the sample record this one stands for; the rest is the body of its chunk.
///
/// # Panics
/// With "finding" if the rules accept it and something does not hold that must.
pub fn run(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let chunk = seal(body);
    let Ok(change) = read_chunk(&chunk) else { return };
    let mut record = before(usize::from(*first) % chunks().len()).clone();
    if record.judge(change, &chunk, false)
        && let Some(id) = record.id()
    {
        afterwards::check(&mut Input(&[*first; 6]), id, &record);
    }
}

/// The sample record before one of its changes.
fn before(change: usize) -> &'static History {
    static BEFORE: OnceLock<Vec<History>> = OnceLock::new();
    &BEFORE.get_or_init(|| (0..chunks().len()).map(|count| History::of(&chunks()[..count])).collect())[change]
}

/// Changes one part of the body, its header or a column, and puts the columns' lengths right.
pub fn mutate(data: &[u8], seed: u32, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let Some((first, body)) = data.split_first() else { return change(data) };
    let Some((mut header, mut columns)) = split(body) else { return change(data) };
    let part = seed as usize % (columns.len() + 1);
    match columns.get_mut(part) {
        Some((_, column)) => *column = change(column),
        None => header = change(&header),
    }
    columns.retain(|(_, column)| !column.is_empty());
    let mut out = vec![*first];
    out.extend(header);
    write(&mut out, columns.len() as u64);
    for (id, column) in &columns {
        write(&mut out, *id);
        write(&mut out, column.len() as u64);
    }
    columns.iter().for_each(|(_, column)| out.extend(column));
    out
}

/// A column's specification and its bytes.
type Column = (u64, Vec<u8>);

/// What comes before the columns, and the columns.
fn split(body: &[u8]) -> Option<(Vec<u8>, Vec<Column>)> {
    let mut rest = body;
    let deps = number(&mut rest)?;
    rest = rest.get(usize::try_from(deps).ok()?.checked_mul(32)?..)?;
    skip_prefixed(&mut rest)?;
    for _ in ["seq", "first operation", "time", "message"] {
        number(&mut rest)?;
    }
    for _ in 0..number(&mut rest)?.min(256) {
        skip_prefixed(&mut rest)?;
    }
    let header = body[..body.len() - rest.len()].to_vec();
    let mut layout = Vec::new();
    for _ in 0..number(&mut rest)?.min(16) {
        layout.push((number(&mut rest)?, usize::try_from(number(&mut rest)?).ok()?));
    }
    let mut columns = Vec::new();
    for (id, length) in layout {
        columns.push((id, rest.get(..length)?.to_vec()));
        rest = &rest[length..];
    }
    Some((header, columns))
}

fn skip_prefixed(rest: &mut &[u8]) -> Option<()> {
    let length = usize::try_from(number(rest)?).ok()?;
    *rest = rest.get(length..)?;
    Some(())
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
