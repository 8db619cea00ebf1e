//! The changes of one record and how they depend on each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::structure::{StructureError, Visible, check};
use crate::{
    Actor, ChangeHash, DeviceId, FormId, RecordId, RecordOrigin, UnitId,
    change::{Change, Key, ObjectId, OpId, Scalar},
    limits::RECORD_ACTORS_MAX,
};

/// The only document version this program writes.
pub const DOCUMENT_VERSION: i64 = 1;

/// What a first change says about its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The document's version; another than [`DOCUMENT_VERSION`] is kept and relayed, not read.
    pub version: i64,
    /// What the record's id commits to.
    pub origin: RecordOrigin,
}

impl Origin {
    /// Reads the root of a first change; `None` if it is not the root of a record.
    pub fn of(change: &Change) -> Option<Self> {
        let mut root: BTreeMap<&str, &Scalar> = BTreeMap::new();
        for op in change.ops.iter().filter(|op| op.object == ObjectId::Root) {
            let Key::Prop(name) = &op.key else { return None };
            root.insert(name, &op.value);
        }
        let text = |name: &str| match root.get(name) {
            Some(Scalar::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let int = |name: &str| match root.get(name) {
            Some(Scalar::Int(value)) => Some(*value),
            _ => None,
        };
        let Some(Scalar::Bytes(salt)) = root.get("salt") else { return None };
        Some(Self {
            version: int("version")?,
            origin: RecordOrigin {
                device: change.actor.device(),
                unit: text("unit")?.parse::<UnitId>().ok()?,
                form: text("form")?.parse::<FormId>().ok()?,
                created_ms: int("created")?,
                salt: salt.as_slice().try_into().ok()?,
            },
        })
    }

    /// The id that this origin yields.
    pub fn record(&self) -> RecordId {
        RecordId::derive(&self.origin)
    }
}

/// The changes of one record, each checked against the structure rules before it enters.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    changes: Vec<Change>,
    index: HashMap<ChangeHash, usize>,
    heads: BTreeSet<ChangeHash>,
    /// Changes of each actor, in the order they entered.
    by_actor: BTreeMap<Actor, Vec<usize>>,
    /// What is visible at the heads.
    visible: Visible,
    /// The highest operation counter.
    highest_op: u64,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// The changes, each after those it builds on.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// A change by hash.
    pub fn change(&self, hash: &ChangeHash) -> Option<&Change> {
        self.index.get(hash).map(|at| &self.changes[*at])
    }

    /// Whether a change is here.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index.contains_key(hash)
    }

    /// The changes nothing builds on, in order.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// What the first change says.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(self.changes.first()?)
    }

    /// These changes and all they build on.
    pub fn ancestry(&self, hashes: &[ChangeHash]) -> HashSet<ChangeHash> {
        let mut seen = HashSet::new();
        let mut todo = hashes.to_vec();
        while let Some(hash) = todo.pop() {
            if let Some(change) = self.change(&hash)
                && seen.insert(hash)
            {
                todo.extend(&change.deps);
            }
        }
        seen
    }

    /// Whether `earlier` is `later` or something `later` builds on.
    pub fn precedes(&self, earlier: &ChangeHash, later: &ChangeHash) -> bool {
        earlier == later || self.ancestry(&[*later]).contains(earlier)
    }

    /// The change that holds an operation.
    pub fn change_of(&self, op: OpId) -> Option<&Change> {
        let own = self.by_actor.get(&op.actor)?;
        own.iter().map(|at| &self.changes[*at]).find(|c| (c.start_op..=c.last_op()).contains(&op.counter))
    }

    /// Dependencies that are not here.
    pub fn missing(&self, change: &Change) -> Option<ChangeHash> {
        change.deps.iter().find(|dep| !self.contains(dep)).copied()
    }

    /// Another change with the same actor and seq: proof that a device said two things at once.
    pub fn equivocation(&self, change: &Change) -> Option<ChangeHash> {
        let own = self.by_actor.get(&change.actor)?;
        own.iter().map(|at| &self.changes[*at]).find(|c| c.seq == change.seq && c.hash != change.hash).map(|c| c.hash)
    }

    /// The structure rules of protocol.md section 4, without Automerge.
    pub fn check(&self, change: &Change) -> Result<(), StructureError> {
        self.check_place(change)?;
        if self.builds_on_all_heads(change) {
            return check(change, &self.visible);
        }
        check(change, &self.visible_at(&change.deps))
    }

    /// Checks a change and takes it in.
    pub fn insert(&mut self, change: Change) -> Result<(), StructureError> {
        if self.contains(&change.hash) {
            return Ok(());
        }
        self.check(&change)?;
        self.take(change);
        Ok(())
    }

    /// Takes in a change that [`Graph::check`] has passed.
    pub(super) fn take(&mut self, change: Change) {
        self.visible.apply(&change);
        self.highest_op = self.highest_op.max(change.last_op());
        for dep in &change.deps {
            self.heads.remove(dep);
        }
        self.heads.insert(change.hash);
        self.index.insert(change.hash, self.changes.len());
        self.by_actor.entry(change.actor).or_default().push(self.changes.len());
        self.changes.push(change);
    }

    /// Whether this actor may make a change on these heads: all its changes here are ancestors of them.
    pub fn actor_may_write(&self, actor: Actor, heads: &[ChangeHash]) -> bool {
        let Some(own) = self.by_actor.get(&actor) else { return true };
        let ancestry = self.ancestry(heads);
        own.iter().all(|at| ancestry.contains(&self.changes[*at].hash))
    }

    /// Whether an actor has a change here.
    pub fn knows_actor(&self, actor: Actor) -> bool {
        self.by_actor.contains_key(&actor)
    }

    fn builds_on_all_heads(&self, change: &Change) -> bool {
        change.deps.len() == self.heads.len() && change.deps.iter().all(|dep| self.heads.contains(dep))
    }

    fn visible_at(&self, deps: &[ChangeHash]) -> Visible {
        let ancestry = self.ancestry(deps);
        let mut visible = Visible::default();
        for change in self.changes.iter().filter(|c| ancestry.contains(&c.hash)) {
            visible.apply(change);
        }
        visible
    }

    /// Dependencies, seq and operation counters.
    fn check_place(&self, change: &Change) -> Result<(), StructureError> {
        if change.deps.is_empty() != self.changes.is_empty() {
            return Err(StructureError::FirstChange);
        }
        if self.missing(change).is_some() {
            return Err(StructureError::Dependencies);
        }
        let (own, highest) = match self.builds_on_all_heads(change) {
            // All changes here are its ancestors, and no head builds on another.
            true => (self.by_actor.get(&change.actor).map_or(0, Vec::len) as u64, self.highest_op),
            false => self.before(change)?,
        };
        if change.seq != own + 1 {
            return Err(StructureError::Sequence { expected: own + 1, found: change.seq });
        }
        if change.start_op != highest + 1 {
            return Err(StructureError::FirstOp { expected: highest + 1, found: change.start_op });
        }
        if !self.knows_actor(change.actor) && self.by_actor.len() >= RECORD_ACTORS_MAX {
            return Err(StructureError::Actors);
        }
        Ok(())
    }

    /// How many of its actor's changes are among a change's ancestors, and their highest operation counter.
    fn before(&self, change: &Change) -> Result<(u64, u64), StructureError> {
        let ancestry = self.ancestry(&change.deps);
        let redundant =
            |dep: &ChangeHash| self.change(dep).is_some_and(|c| c.deps.iter().any(|above| change.deps.contains(above)));
        if change.deps.len() > 1 && ancestry.iter().any(redundant) {
            return Err(StructureError::Dependencies);
        }
        let (mut own, mut highest) = (0, 0);
        for earlier in ancestry.iter().filter_map(|hash| self.change(hash)) {
            own += u64::from(earlier.actor == change.actor);
            highest = highest.max(earlier.last_op());
        }
        Ok((own, highest))
    }

    /// Devices with changes here.
    pub fn devices(&self) -> BTreeSet<DeviceId> {
        self.by_actor.keys().map(|actor| actor.device()).collect()
    }
}
