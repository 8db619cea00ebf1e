//! The structure rules of protocol.md section 4: what an operation may be, decided from operations alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    change::{Action, Change, Key, ObjectId, Op, OpId, Scalar},
    limits::{CONTAINER_DEPTH_MAX, TEXT_BYTES_MAX},
};

/// Why a change does not fit its record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StructureError {
    /// A second first change, or a first change with dependencies.
    #[error("a record has exactly one first change, without dependencies")]
    FirstChange,
    /// A dependency that is unknown, or an ancestor of another.
    #[error("dependencies that are unknown or ancestors of each other")]
    Dependencies,
    /// A jump in the actor's sequence.
    #[error("sequence {found} where {expected} belongs")]
    Sequence {
        /// 1 + the actor's changes among the ancestors.
        expected: u64,
        /// Found.
        found: u64,
    },
    /// A first operation that does not follow the ancestors' highest.
    #[error("first operation {found} where {expected} belongs")]
    FirstOp {
        /// 1 + the highest operation among the ancestors.
        expected: u64,
        /// Found.
        found: u64,
    },
    /// Too many actors in the record.
    #[error("too many actors in this record")]
    Actors,
    /// The root is not that of a record, or is written after the first change.
    #[error("the root is not that of a record, or is written after the first change")]
    Root,
    /// An operation on something that is no container here.
    #[error("operation {0} acts on a container that does not exist")]
    Container(u64),
    /// An operation that does not fit its container.
    #[error("operation {0} does not fit its container")]
    Operation(u64),
    /// A value of a type or size that does not belong there.
    #[error("operation {0} has a value that does not belong there")]
    Value(u64),
    /// An operation that does not replace exactly what was visible.
    #[error("operation {0} does not replace exactly what was visible")]
    Replaces(u64),
    /// Two operations of one change at the same place.
    #[error("operation {0} writes a place that this change already wrote")]
    Twice(u64),
    /// A scalar over a container.
    #[error("operation {0} would hide a container")]
    OverContainer(u64),
    /// A container deeper than [`CONTAINER_DEPTH_MAX`].
    #[error("operation {0} makes a container that lies too deep")]
    Depth(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Map,
    Text,
}

/// A container that was made, and how deep it lies: 1 at the root.
#[derive(Debug, Clone, Copy)]
struct Made {
    kind: Container,
    depth: usize,
}

/// What is visible after some changes: the values at each place, and every container and character ever made.
#[derive(Debug, Clone, Default)]
pub(super) struct Visible {
    places: HashMap<ObjectId, BTreeMap<Key, Vec<OpId>>>,
    containers: HashMap<OpId, Made>,
    characters: HashSet<(ObjectId, OpId)>,
}

impl Visible {
    /// Takes in a checked change.
    pub(super) fn apply(&mut self, change: &Change) {
        for op in &change.ops {
            let key = if op.insert { Key::Element(op.id) } else { op.key.clone() };
            let place = self.places.entry(op.object).or_default().entry(key).or_default();
            place.retain(|id| !op.replaces.contains(id));
            match op.action {
                Action::Delete => {}
                Action::Put => place.push(op.id),
                Action::MakeMap | Action::MakeText => {
                    place.push(op.id);
                    let depth = self.container(op.object).map_or(0, |outer| outer.depth) + 1;
                    self.containers.insert(op.id, Made { kind: made(op.action), depth });
                }
            }
            if op.insert {
                self.characters.insert((op.object, op.id));
            }
        }
    }

    fn at(&self, object: ObjectId, key: &Key) -> &[OpId] {
        self.places.get(&object).and_then(|places| places.get(key)).map_or(&[], Vec::as_slice)
    }

    fn container(&self, object: ObjectId) -> Option<Made> {
        match object {
            ObjectId::Root => Some(Made { kind: Container::Map, depth: 0 }),
            ObjectId::Made(id) => self.containers.get(&id).copied(),
        }
    }
}

fn made(action: Action) -> Container {
    if action == Action::MakeText { Container::Text } else { Container::Map }
}

/// Checks every operation of a change against what was visible before it.
pub(super) fn check<'a>(change: &'a Change, before: &'a Visible) -> Result<(), StructureError> {
    let mut checking = Checking::new(before, change.deps.is_empty());
    change.ops.iter().try_for_each(|op| checking.op(op))?;
    checking.finish()
}

struct Checking<'a> {
    before: &'a Visible,
    first: bool,
    /// What this change made so far.
    containers: HashMap<OpId, Made>,
    characters: HashSet<(ObjectId, OpId)>,
    written: HashSet<(ObjectId, &'a Key)>,
    root: usize,
}

/// Whether an operation is what belongs at a key of the root.
type Fits = fn(&Op) -> bool;

/// The root's keys, and what may stand there.
const ROOT: [(&str, Fits); 7] = [
    ("version", |op| matches!(op.value, Scalar::Int(1..)) && op.action == Action::Put),
    ("unit", |op| matches!(op.value, Scalar::Text(_)) && op.action == Action::Put),
    ("form", |op| matches!(op.value, Scalar::Text(_)) && op.action == Action::Put),
    ("created", |op| matches!(op.value, Scalar::Int(_)) && op.action == Action::Put),
    ("salt", |op| matches!(&op.value, Scalar::Bytes(b) if b.len() == 8) && op.action == Action::Put),
    ("answers", |op| op.action == Action::MakeMap),
    ("meta", |op| op.action == Action::MakeMap),
];

impl<'a> Checking<'a> {
    fn new(before: &'a Visible, first: bool) -> Self {
        Self { before, first, containers: HashMap::new(), characters: HashSet::new(), written: HashSet::new(), root: 0 }
    }

    fn op(&mut self, op: &'a Op) -> Result<(), StructureError> {
        let counter = op.id.counter;
        let own = match op.object {
            ObjectId::Made(id) => self.containers.get(&id).copied(),
            ObjectId::Root => None,
        };
        match own.or_else(|| self.before.container(op.object)) {
            None => Err(StructureError::Container(counter)),
            Some(Made { kind: Container::Map, depth }) => self.map_op(op, depth),
            Some(Made { kind: Container::Text, .. }) => self.text_op(op),
        }?;
        if !op.insert && !self.written.insert((op.object, &op.key)) {
            return Err(StructureError::Twice(counter));
        }
        Ok(())
    }

    fn map_op(&mut self, op: &Op, depth: usize) -> Result<(), StructureError> {
        let counter = op.id.counter;
        let Key::Prop(name) = &op.key else { return Err(StructureError::Operation(counter)) };
        if op.object == ObjectId::Root {
            let allowed = self.first && ROOT.iter().any(|(key, fits)| key == name && fits(op));
            if !allowed {
                return Err(StructureError::Root);
            }
            self.root += 1;
        } else if matches!(op.value, Scalar::Bytes(_)) {
            return Err(StructureError::Value(counter));
        }
        if op.insert || op.action == Action::Delete {
            return Err(StructureError::Operation(counter));
        }
        if matches!(&op.value, Scalar::Text(text) if text.len() > TEXT_BYTES_MAX) {
            return Err(StructureError::Value(counter));
        }
        let visible = self.before.at(op.object, &op.key);
        if op.action == Action::Put {
            if visible.iter().any(|id| self.before.containers.contains_key(id)) {
                return Err(StructureError::OverContainer(counter));
            }
            return same(&op.replaces, visible, counter);
        }
        if op.value != Scalar::Null {
            return Err(StructureError::Value(counter));
        }
        let kind = made(op.action);
        let of_this_kind = |id| self.before.containers.get(id).is_some_and(|there: &Made| there.kind == kind);
        if !op.replaces.is_empty() || visible.iter().any(of_this_kind) {
            return Err(StructureError::Replaces(counter));
        }
        if depth >= CONTAINER_DEPTH_MAX {
            return Err(StructureError::Depth(counter));
        }
        self.containers.insert(op.id, Made { kind, depth: depth + 1 });
        Ok(())
    }

    fn text_op(&mut self, op: &Op) -> Result<(), StructureError> {
        let counter = op.id.counter;
        let known = |id: &OpId| {
            self.before.characters.contains(&(op.object, *id)) || self.characters.contains(&(op.object, *id))
        };
        match (&op.key, op.action, op.insert) {
            (Key::Head, Action::Put, true) => {}
            (Key::Element(id), Action::Put, true) if known(id) => {}
            (Key::Element(_), Action::Delete, false) => {
                if op.value != Scalar::Null {
                    return Err(StructureError::Value(counter));
                }
                let visible = self.before.at(op.object, &op.key);
                if visible.is_empty() {
                    return Err(StructureError::Replaces(counter));
                }
                return same(&op.replaces, visible, counter);
            }
            _ => return Err(StructureError::Operation(counter)),
        }
        let one_character = matches!(&op.value, Scalar::Text(text) if text.chars().count() == 1);
        if !one_character {
            return Err(StructureError::Value(counter));
        }
        if !op.replaces.is_empty() {
            return Err(StructureError::Replaces(counter));
        }
        self.characters.insert((op.object, op.id));
        Ok(())
    }

    fn finish(self) -> Result<(), StructureError> {
        if self.first && self.root != ROOT.len() { Err(StructureError::Root) } else { Ok(()) }
    }
}

fn same(replaces: &[OpId], visible: &[OpId], counter: u64) -> Result<(), StructureError> {
    let equal = replaces.len() == visible.len() && replaces.iter().all(|id| visible.contains(id));
    if equal { Ok(()) } else { Err(StructureError::Replaces(counter)) }
}
