//! The strict reader (protocol.md section 9): reads one Automerge change chunk before Automerge sees it.

use sha2::{Digest as _, Sha256};

use super::{
    column::{Bytes, booleans, deltas, numbers, texts},
    op::{Action, Key, ObjectId, Op, OpId, Scalar},
    writer::write_body,
};
use crate::{
    Actor, ChangeHash,
    limits::{CHANGE_ACTORS_MAX, CHANGE_BYTES_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX, OP_COUNTER_MAX, TIME_S_ABS_MAX},
};

/// Why a chunk is not an acceptable change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Over [`CHANGE_BYTES_MAX`].
    #[error("the chunk is too large")]
    TooLarge,
    /// It ends too early, or a length points beyond its end.
    #[error("the chunk ends too early")]
    Truncated,
    /// Bytes after the chunk.
    #[error("there are bytes after the chunk")]
    Trailing,
    /// Not an Automerge chunk.
    #[error("no Automerge chunk")]
    Magic,
    /// A document, a compressed change or a bundle.
    #[error("chunk type {0}; only uncompressed changes (type 1) are accepted")]
    Type(u8),
    /// The checksum is not the start of the hash.
    #[error("the checksum does not fit the content")]
    Checksum,
    /// A number that is too large or not in its shortest form.
    #[error("a number that is too large or not in its shortest form")]
    Number,
    /// A column whose runs do not fit the number of operations.
    #[error("a column does not fit the number of operations")]
    Rows,
    /// A column that no change has, twice the same, out of order, or compressed.
    #[error("an unexpected column {0}")]
    Column(u32),
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    Utf8,
    /// No operations, or over [`CHANGE_OPS_MAX`].
    #[error("no operations, or too many")]
    Ops,
    /// A signed time beyond [`TIME_S_ABS_MAX`].
    #[error("a signed time beyond the limit")]
    Time,
    /// Operation counters beyond [`OP_COUNTER_MAX`].
    #[error("operation counters beyond the limit")]
    OpCounter,
    /// An actor that is neither 16 nor 24 bytes, twice the same, out of order, or too many.
    #[error("an actor of another form, twice the same, or too many")]
    Actors,
    /// The change's own actor is neither 16 nor 24 bytes.
    #[error("the change's actor is neither 16 nor 24 bytes")]
    OwnActor,
    /// Dependencies that are repeated or too many.
    #[error("dependencies that are repeated or too many")]
    Deps,
    /// A message or extra bytes.
    #[error("a message or extra bytes, which no change of this protocol has")]
    Extra,
    /// An operation the protocol does not have.
    #[error("an operation that this protocol does not have")]
    Operation,
    /// A value type the protocol does not have, or a value that does not fit its type.
    #[error("a value that this protocol does not have")]
    Value,
    /// Readable, but written otherwise than Automerge writes it: runs split or joined, an actor listed that nothing
    /// names, dependencies out of order. Saved and loaded again it would have another hash.
    #[error("the change is written in another form than the one it has")]
    Form,
}

/// A change as the strict reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// SHA-256 as Automerge computes it.
    pub hash: ChangeHash,
    /// The changes it builds on.
    pub deps: Vec<ChangeHash>,
    /// Who made it.
    pub actor: Actor,
    /// Counts the actor's changes in this record, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Signed device time in whole seconds since the Unix epoch.
    pub time_s: i64,
    /// Its operations.
    pub ops: Vec<Op>,
}

impl Change {
    /// Counter of its last operation.
    pub fn last_op(&self) -> u64 {
        self.start_op + self.ops.len() as u64 - 1
    }

    /// Signed device time in milliseconds since the Unix epoch.
    pub fn time_ms(&self) -> i64 {
        self.time_s.saturating_mul(1_000)
    }
}

pub(super) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
pub(super) const TYPE_CHANGE: u8 = 1;

/// Reads exactly one uncompressed change chunk.
pub fn read_chunk(chunk: &[u8]) -> Result<Change, ReadError> {
    if chunk.len() > CHANGE_BYTES_MAX {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Bytes(chunk);
    if bytes.take(4)? != MAGIC {
        return Err(ReadError::Magic);
    }
    let checksum = bytes.take(4)?;
    let hashed = bytes.0;
    let chunk_type = bytes.byte()?;
    if chunk_type != TYPE_CHANGE {
        return Err(ReadError::Type(chunk_type));
    }
    let body = bytes.prefixed()?;
    if !bytes.is_empty() {
        return Err(ReadError::Trailing);
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if checksum != &hash[..4] {
        return Err(ReadError::Checksum);
    }
    read_body(Bytes(body), ChangeHash(hash))
}

fn read_body(mut bytes: Bytes<'_>, hash: ChangeHash) -> Result<Change, ReadError> {
    let whole = bytes.0;
    let deps = read_deps(&mut bytes)?;
    let actor = Actor::from_bytes(bytes.prefixed()?).ok_or(ReadError::OwnActor)?;
    let seq = bytes.unsigned()?;
    let start_op = bytes.unsigned()?;
    let time_s = bytes.signed()?;
    if time_s.unsigned_abs() > TIME_S_ABS_MAX {
        return Err(ReadError::Time);
    }
    if bytes.unsigned()? != 0 {
        return Err(ReadError::Extra);
    }
    let actors = read_actors(&mut bytes, actor)?;
    let columns = Columns::read(&mut bytes)?;
    if !bytes.is_empty() {
        return Err(ReadError::Extra);
    }
    if start_op == 0 || start_op > OP_COUNTER_MAX {
        return Err(ReadError::OpCounter);
    }
    let ops = read_ops(&columns, &actors, start_op)?;
    let change = Change { hash, deps, actor, seq, start_op, time_s, ops };
    if change.last_op() > OP_COUNTER_MAX {
        return Err(ReadError::OpCounter);
    }
    let mut written = Vec::with_capacity(whole.len());
    write_body(&change, &mut written);
    if written == whole { Ok(change) } else { Err(ReadError::Form) }
}

fn read_deps(bytes: &mut Bytes<'_>) -> Result<Vec<ChangeHash>, ReadError> {
    let count = bytes.unsigned()?;
    if count > CHANGE_DEPS_MAX as u64 {
        return Err(ReadError::Deps);
    }
    let mut deps: Vec<ChangeHash> = Vec::new();
    for _ in 0..count {
        let hash: [u8; 32] = bytes.take(32)?.try_into().map_err(|_| ReadError::Truncated)?;
        if deps.contains(&ChangeHash(hash)) {
            return Err(ReadError::Deps);
        }
        deps.push(ChangeHash(hash));
    }
    Ok(deps)
}

/// The change's own actor, then the others it names, in order.
fn read_actors(bytes: &mut Bytes<'_>, own: Actor) -> Result<Vec<Actor>, ReadError> {
    let count = bytes.unsigned()?;
    if count >= CHANGE_ACTORS_MAX as u64 {
        return Err(ReadError::Actors);
    }
    let mut actors = vec![own];
    let mut previous: Option<&[u8]> = None;
    for _ in 0..count {
        let raw = bytes.prefixed()?;
        let actor = Actor::from_bytes(raw).ok_or(ReadError::Actors)?;
        if actor == own || previous.is_some_and(|p| p >= raw) {
            return Err(ReadError::Actors);
        }
        previous = Some(raw);
        actors.push(actor);
    }
    Ok(actors)
}

/// The columns of a change, each empty if absent. Named by the storage format's column ids.
#[derive(Default)]
struct Columns<'a> {
    object_actor: &'a [u8],
    object_counter: &'a [u8],
    key_actor: &'a [u8],
    key_counter: &'a [u8],
    key_text: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    value_meta: &'a [u8],
    value_raw: &'a [u8],
    pred_count: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, ReadError> {
        let count = bytes.unsigned()?;
        if count > 16 {
            return Err(ReadError::Column(u32::MAX));
        }
        let mut layout = Vec::new();
        let mut previous = None;
        for _ in 0..count {
            let id = u32::try_from(bytes.unsigned()?).map_err(|_| ReadError::Column(u32::MAX))?;
            let length = usize::try_from(bytes.unsigned()?).map_err(|_| ReadError::Truncated)?;
            if previous.is_some_and(|p| p >= id) {
                return Err(ReadError::Column(id));
            }
            previous = Some(id);
            layout.push((id, length));
        }
        let mut columns = Self::default();
        for (id, length) in layout {
            *columns.slot(id)? = bytes.take(length)?;
        }
        Ok(columns)
    }

    /// The column with this specification: id ‖ deflate bit ‖ type. A set deflate bit matches none.
    fn slot(&mut self, id: u32) -> Result<&mut &'a [u8], ReadError> {
        Ok(match id {
            0x01 => &mut self.object_actor,
            0x02 => &mut self.object_counter,
            0x11 => &mut self.key_actor,
            0x13 => &mut self.key_counter,
            0x15 => &mut self.key_text,
            0x34 => &mut self.insert,
            0x42 => &mut self.action,
            0x56 => &mut self.value_meta,
            0x57 => &mut self.value_raw,
            0x70 => &mut self.pred_count,
            0x71 => &mut self.pred_actor,
            0x73 => &mut self.pred_counter,
            _ => return Err(ReadError::Column(id)),
        })
    }
}

/// The number of operations, from the action column, whose runs are bounded before anything is expanded.
fn read_actions(column: &[u8]) -> Result<Vec<Action>, ReadError> {
    let mut bytes = Bytes(column);
    let mut actions = Vec::new();
    while !bytes.is_empty() {
        let count = bytes.signed()?;
        if count == 0 || count.unsigned_abs() > (CHANGE_OPS_MAX - actions.len()) as u64 {
            return Err(ReadError::Ops);
        }
        let length = count.unsigned_abs() as usize;
        if count > 0 {
            let action = action(bytes.unsigned()?)?;
            actions.resize(actions.len() + length, action);
        } else {
            for _ in 0..length {
                actions.push(action(bytes.unsigned()?)?);
            }
        }
    }
    if actions.is_empty() { Err(ReadError::Ops) } else { Ok(actions) }
}

fn action(code: u64) -> Result<Action, ReadError> {
    Ok(match code {
        0 => Action::MakeMap,
        1 => Action::Put,
        3 => Action::Delete,
        4 => Action::MakeText,
        _ => return Err(ReadError::Operation),
    })
}

fn read_ops(columns: &Columns<'_>, actors: &[Actor], start_op: u64) -> Result<Vec<Op>, ReadError> {
    let actions = read_actions(columns.action)?;
    let rows = actions.len();
    let object_actor = numbers(columns.object_actor, rows)?;
    let object_counter = numbers(columns.object_counter, rows)?;
    let key_actor = numbers(columns.key_actor, rows)?;
    let key_counter = deltas(columns.key_counter, rows)?;
    let key_text = texts(columns.key_text, rows)?;
    let insert = booleans(columns.insert, rows)?;
    let value_meta = numbers(columns.value_meta, rows)?;
    let mut values = Bytes(columns.value_raw);
    let mut preds = Preds::read(columns, rows)?;
    let actor = |index: u64| usize::try_from(index).ok().and_then(|i| actors.get(i)).copied().ok_or(ReadError::Actors);
    let op_id = |index: u64, counter: u64| Ok(OpId { counter, actor: actor(index)? });
    let mut ops = Vec::with_capacity(rows);
    for (row, action) in actions.into_iter().enumerate() {
        let object = match (object_actor[row], object_counter[row]) {
            (None, None) => ObjectId::Root,
            (Some(index), Some(counter)) if counter > 0 => ObjectId::Made(op_id(index, counter)?),
            _ => return Err(ReadError::Operation),
        };
        let key = match (key_actor[row], key_counter[row], key_text[row]) {
            (None, None, Some(text)) if text.len() <= 64 => Key::Prop(text.to_owned()),
            (None, Some(0), None) => Key::Head,
            (Some(index), Some(counter), None) if counter > 0 => Key::Element(op_id(index, counter)?),
            _ => return Err(ReadError::Operation),
        };
        let value = read_value(value_meta[row].unwrap_or(0), &mut values)?;
        let replaces = preds.next(row, &op_id)?;
        let id = OpId { counter: start_op + row as u64, actor: actors[0] };
        ops.push(Op { id, object, key, insert: insert[row], action, value, replaces });
    }
    if !values.is_empty() || !preds.done() {
        return Err(ReadError::Rows);
    }
    Ok(ops)
}

/// The operations that each operation replaces.
struct Preds {
    counts: Vec<Option<u64>>,
    actors: Vec<Option<u64>>,
    counters: Vec<Option<u64>>,
    at: usize,
}

impl Preds {
    fn read(columns: &Columns<'_>, rows: usize) -> Result<Self, ReadError> {
        let counts = numbers(columns.pred_count, rows)?;
        let total = counts.iter().flatten().try_fold(0u64, |sum, n| sum.checked_add(*n)).ok_or(ReadError::Rows)?;
        if total > CHANGE_OPS_MAX as u64 {
            return Err(ReadError::Rows);
        }
        let actors = numbers(columns.pred_actor, total as usize)?;
        let counters = deltas(columns.pred_counter, total as usize)?;
        Ok(Self { counts, actors, counters, at: 0 })
    }

    fn next(
        &mut self,
        row: usize,
        op_id: &impl Fn(u64, u64) -> Result<OpId, ReadError>,
    ) -> Result<Vec<OpId>, ReadError> {
        let mut replaces = Vec::new();
        for _ in 0..self.counts[row].unwrap_or(0) {
            let (Some(index), Some(counter)) = (self.actors[self.at], self.counters[self.at]) else {
                return Err(ReadError::Rows);
            };
            self.at += 1;
            let id = op_id(index, counter)?;
            // Automerge writes them in Lamport order; another order makes it fail on saving.
            if replaces.last().is_some_and(|last| *last >= id) {
                return Err(ReadError::Operation);
            }
            replaces.push(id);
        }
        Ok(replaces)
    }

    fn done(&self) -> bool {
        self.at == self.actors.len()
    }
}

fn read_value(meta: u64, values: &mut Bytes<'_>) -> Result<Scalar, ReadError> {
    let length = usize::try_from(meta >> 4).map_err(|_| ReadError::Truncated)?;
    let mut raw = Bytes(values.take(length)?);
    let value = match meta & 0xf {
        0 => Scalar::Null,
        1 => Scalar::Bool(false),
        2 => Scalar::Bool(true),
        4 => Scalar::Int(raw.signed()?),
        6 => {
            let text = std::str::from_utf8(raw.take(length)?).map_err(|_| ReadError::Utf8)?;
            Scalar::Text(text.to_owned())
        }
        7 => Scalar::Bytes(raw.take(length)?.to_vec()),
        9 => Scalar::Timestamp(raw.signed()?),
        _ => return Err(ReadError::Value),
    };
    if raw.is_empty() { Ok(value) } else { Err(ReadError::Value) }
}
