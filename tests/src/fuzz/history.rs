//! A record that grows by made changes: what the structure rules accept is tried on Automerge in every way.

use dongbo_core::{
    Actor, ChangeHash, DeviceId, RecordId,
    change::{Action, Change, Key, ObjectId, Scalar, read_chunk, write_chunk},
    limits::TIME_S_ABS_MAX,
    record::{Graph, Origin, Record},
};

use super::{
    generate::{DEVICES, Draft, actor, spoil},
    input::Input,
    model::Model,
    trial::Trial,
    values::{integer, time_s},
};

/// How many changes were made, and how many of them the rules accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Made.
    pub made: u64,
    /// Accepted by the strict reader and the structure rules, so tried on Automerge.
    pub accepted: u64,
    /// Operations in the accepted ones.
    pub ops: u64,
}

/// A chunk that was made, and what the rules said.
#[derive(Debug, Clone)]
pub struct Made {
    /// The chunk.
    pub chunk: Vec<u8>,
    /// Whether it is now part of the record.
    pub accepted: bool,
}

/// A record and everything known about it.
#[derive(Debug, Clone)]
pub struct History {
    devices: Vec<DeviceId>,
    graph: Graph,
    /// Absent where Automerge is tried elsewhere.
    trial: Option<Trial>,
    chunks: Vec<Vec<u8>>,
    /// What was made of it.
    pub tally: Tally,
}

impl Default for History {
    fn default() -> Self {
        Self { trial: Some(Trial::default()), ..Self::by(&DEVICES) }
    }
}

impl History {
    /// An empty record that these devices write, judged by the rules alone.
    pub fn by(devices: &[DeviceId]) -> Self {
        let (graph, trial, chunks, tally) = (Graph::new(), None, Vec::new(), Tally::default());
        Self { devices: devices.to_vec(), graph, trial, chunks, tally }
    }

    /// A record from chunks that fit, none of them counted.
    pub fn of(chunks: &[Vec<u8>]) -> Self {
        let mut history = Self::default();
        for chunk in chunks {
            let change = read_chunk(chunk).expect("a committed sample is read");
            history.take(change, true);
        }
        Self { tally: Tally::default(), ..history }
    }

    /// The record's id, once it has a first change.
    pub fn id(&self) -> Option<RecordId> {
        Some(self.graph.origin()?.record())
    }

    /// Its changes, as the rules see them.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its chunks, each after those it builds on.
    pub fn chunks(&self) -> &[Vec<u8>] {
        &self.chunks
    }

    /// A first change: the root of a record, with whatever else the input makes of it.
    pub fn begin(&mut self, input: &mut Input<'_>) -> Option<Made> {
        let before = Model::default();
        let mut draft = Draft::new(&before, actor(input, &self.devices), 1);
        let created =
            if input.one_in(4) { integer(input).max(-(TIME_S_ABS_MAX as i64) * 1_000) } else { 1_678_410_000_123 };
        let version = if input.one_in(16) { integer(input).max(1) } else { 1 };
        let salt = Scalar::Bytes(vec![input.byte(); 8]);
        let text = |text: &str| Scalar::Text(text.to_owned());
        let root = [
            ("version", Scalar::Int(version)),
            ("unit", text("26572")),
            ("form", text("visit")),
            ("created", Scalar::Int(created)),
            ("salt", salt),
        ];
        for (name, value) in root {
            draft.push(ObjectId::Root, Key::Prop(name.to_owned()), false, Action::Put, value, Vec::new());
        }
        for name in ["answers", "meta"] {
            draft.push(ObjectId::Root, Key::Prop(name.to_owned()), false, Action::MakeMap, Scalar::Null, Vec::new());
        }
        draft.fill(input);
        self.finish(input, draft.finish(Vec::new(), 1, created.div_euclid(1_000)), &before)
    }

    /// A further change.
    pub fn step(&mut self, input: &mut Input<'_>) -> Option<Made> {
        let deps = self.deps(input);
        let first_choice = actor(input, &self.devices);
        let free = |actor: &Actor| self.graph.actor_may_write(*actor, &deps);
        let mut more = Input(&[0, 1, 2, 3, 0, 0, 3, 0, 2, 0, 1, 2, 2, 2, 3, 2]);
        let mut candidates = std::iter::once(first_choice).chain((0..8).map(|_| actor(&mut more, &self.devices)));
        let actor = candidates.find(free)?;
        let ancestry = self.graph.ancestry(&deps);
        let mut before = Model::default();
        let (mut seq, mut start_op) = (1, 1);
        for change in self.graph.changes().iter().filter(|change| ancestry.contains(&change.hash)) {
            before.apply(change);
            seq += u64::from(change.actor == actor);
            start_op = start_op.max(change.last_op() + 1);
        }
        let mut draft = Draft::new(&before, actor, start_op);
        draft.fill(input);
        let change = draft.finish(deps, seq, time_s(input));
        self.finish(input, change, &before)
    }

    /// What a change builds on: mostly all heads, else some changes of which none is an ancestor of another.
    fn deps(&self, input: &mut Input<'_>) -> Vec<ChangeHash> {
        if !input.one_in(3) {
            return self.graph.heads();
        }
        let changes = self.graph.changes();
        let mut deps: Vec<ChangeHash> = Vec::new();
        for _ in 0..=input.below(3) {
            let new = changes[usize::from(input.byte()) % changes.len()].hash;
            if !deps.iter().any(|dep| self.graph.precedes(&new, dep)) {
                deps.retain(|dep| !self.graph.precedes(dep, &new));
                deps.push(new);
            }
        }
        deps.sort_unstable();
        deps
    }

    fn finish(&mut self, input: &mut Input<'_>, mut change: Change, before: &Model) -> Option<Made> {
        let spoilt = !change.ops.is_empty() && input.one_in(6);
        if spoilt {
            spoil(input, &mut change, before);
        }
        if change.ops.is_empty() { None } else { Some(self.take(change, !spoilt)) }
    }

    /// Lets the rules judge a change and, if they accept it, everything else.
    ///
    /// # Panics
    /// If the rules refuse a change that fits, or anything that must hold of an accepted one does not.
    pub fn take(&mut self, mut change: Change, fits: bool) -> Made {
        self.tally.made += 1;
        let chunk = write_chunk(&change);
        // Whatever order they are given in, there is one in which they are written.
        change.deps.sort_unstable();
        let read = match read_chunk(&chunk) {
            Ok(read) => read,
            Err(error) => {
                assert!(!fits, "finding: a change that fits is not read: {error}");
                return Made { chunk, accepted: false };
            }
        };
        change.hash = read.hash;
        assert!(read == change, "finding: read back, a change is another");
        let accepted = self.judge(change, &chunk, fits);
        Made { chunk, accepted }
    }

    /// The same for a chunk that the strict reader has read.
    ///
    /// # Panics
    /// As [`History::take`].
    pub fn judge(&mut self, change: Change, chunk: &[u8], fits: bool) -> bool {
        if self.graph.contains(&change.hash) {
            return true;
        }
        if let Err(error) = self.check(&change) {
            assert!(!fits, "finding: a change that fits is refused: {error}");
            return false;
        }
        if self.graph.equivocation(&change).is_some() {
            return false;
        }
        self.graph.insert(change.clone()).expect("finding: checked and then refused");
        if let Some(trial) = &mut self.trial {
            trial.take(&change, chunk, &self.graph.heads());
        }
        self.chunks.push(chunk.to_vec());
        self.tally.accepted += 1;
        self.tally.ops += change.ops.len() as u64;
        true
    }

    fn check(&self, change: &Change) -> Result<(), dongbo_core::record::RecordError> {
        if self.graph.changes().is_empty() {
            let id = Origin::of(change).map_or(RecordId([0; 16]), |origin| origin.record());
            return Record::empty(id).check(change);
        }
        Ok(self.graph.check(change)?)
    }
}
