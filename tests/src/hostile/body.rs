//! The body of a change, taken apart so far that each part can be replaced by whatever bytes.

use dongbo_core::change::seal;

use super::leb::{prefixed, signed, split, take, unsigned};

/// The parts of a change's body, in their order. Nothing is checked.
#[derive(Debug, Clone)]
pub struct Body {
    /// Hashes of what it builds on.
    pub deps: Vec<[u8; 32]>,
    /// Its actor.
    pub actor: Vec<u8>,
    /// Its number among the actor's changes.
    pub seq: u64,
    /// The first operation's counter.
    pub start_op: u64,
    /// Time in seconds.
    pub time_s: i64,
    /// A message, which no change of the protocol has.
    pub message: Vec<u8>,
    /// Other actors.
    pub actors: Vec<Vec<u8>>,
    /// Columns by specification.
    pub columns: Vec<(u64, Vec<u8>)>,
    /// Bytes after the columns, which no change of the protocol has.
    pub extra: Vec<u8>,
}

impl Body {
    /// Takes a genuine chunk apart.
    pub fn of(chunk: &[u8]) -> Self {
        let mut rest = &chunk[9..];
        let rest = &mut rest;
        take(rest);
        let deps = (0..take(rest)).map(|_| std::array::from_fn(|_| split(rest, 1)[0])).collect();
        let text = |rest: &mut &[u8]| {
            let length = take(rest) as usize;
            split(rest, length).to_vec()
        };
        let actor = text(rest);
        let (seq, start_op) = (take(rest), take(rest));
        // Times of the samples are positive, and a positive signed number reads as an unsigned one.
        let time_s = take(rest) as i64;
        let message = text(rest);
        let actors = (0..take(rest)).map(|_| text(rest)).collect();
        let layout: Vec<(u64, usize)> = (0..take(rest)).map(|_| (take(rest), take(rest) as usize)).collect();
        let columns = layout.into_iter().map(|(id, length)| (id, split(rest, length).to_vec())).collect();
        Self { deps, actor, seq, start_op, time_s, message, actors, columns, extra: rest.to_vec() }
    }

    /// Puts it together.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = unsigned(self.deps.len() as u64);
        out.extend(self.deps.concat());
        out.extend(prefixed(&self.actor));
        out.extend([unsigned(self.seq), unsigned(self.start_op), signed(self.time_s)].concat());
        out.extend(prefixed(&self.message));
        out.extend(unsigned(self.actors.len() as u64));
        self.actors.iter().for_each(|actor| out.extend(prefixed(actor)));
        out.extend(unsigned(self.columns.len() as u64));
        for (id, column) in &self.columns {
            out.extend([unsigned(*id), unsigned(column.len() as u64)].concat());
        }
        self.columns.iter().for_each(|(_, column)| out.extend(column));
        out.extend(&self.extra);
        out
    }

    /// As a chunk whose checksum fits.
    pub fn chunk(&self) -> Vec<u8> {
        seal(&self.bytes())
    }

    /// The column with this specification; an empty one in its place if it is not there.
    pub fn column(&mut self, id: u64) -> &mut Vec<u8> {
        let at = self.columns.iter().position(|(other, _)| *other >= id).unwrap_or(self.columns.len());
        if self.columns.get(at).is_none_or(|(other, _)| *other != id) {
            self.columns.insert(at, (id, Vec::new()));
        }
        &mut self.columns[at].1
    }
}
