//! What a record's document must read as, worked out from the operations alone: a second opinion, written without the
//! structure rules' code and without Automerge.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::change::{Action, Change, Key, ObjectId, OpId, Scalar};

/// A map as it reads: at each key the concurrent values, the highest id first.
pub type Reading = BTreeMap<String, Vec<(OpId, Read)>>;

/// One value as it reads.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// A scalar.
    Scalar(Scalar),
    /// A map.
    Map(Reading),
    /// A text.
    Text(String),
}

/// A container and how deep it lies: 1 for one at the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// A text, else a map.
    pub is_text: bool,
    /// 1 + that of the container it was made in.
    pub depth: usize,
}

/// The state after some changes.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Every container ever made.
    pub containers: BTreeMap<OpId, Container>,
    /// What is visible at each key of each map.
    places: BTreeMap<ObjectId, BTreeMap<String, BTreeSet<OpId>>>,
    scalars: BTreeMap<OpId, Scalar>,
    /// Characters ever inserted: the text, what each stands behind, and what it is.
    characters: BTreeMap<OpId, BTreeMap<OpId, (Option<OpId>, String)>>,
    deleted: BTreeSet<OpId>,
}

impl Model {
    /// Takes in a change that fits.
    pub fn apply(&mut self, change: &Change) {
        for op in &change.ops {
            match (&op.key, op.action) {
                (Key::Prop(name), _) => {
                    let place = self.places.entry(op.object).or_default().entry(name.clone()).or_default();
                    op.replaces.iter().for_each(|id| _ = place.remove(id));
                    place.insert(op.id);
                    if op.action == Action::Put {
                        self.scalars.insert(op.id, op.value.clone());
                    } else {
                        let container =
                            Container { is_text: op.action == Action::MakeText, depth: self.depth(op.object) + 1 };
                        self.containers.insert(op.id, container);
                    }
                }
                (_, Action::Delete) => self.deleted.extend(&op.replaces),
                (behind, _) => {
                    let behind = if let Key::Element(id) = behind { Some(*id) } else { None };
                    let (ObjectId::Made(text), Scalar::Text(character)) = (op.object, &op.value) else { continue };
                    self.characters.entry(text).or_default().insert(op.id, (behind, character.clone()));
                }
            }
        }
    }

    /// How deep a container lies; the root is at 0.
    pub fn depth(&self, object: ObjectId) -> usize {
        match object {
            ObjectId::Root => 0,
            ObjectId::Made(id) => self.containers.get(&id).map_or(0, |container| container.depth),
        }
    }

    /// What is visible at a key, ascending.
    pub fn visible(&self, object: ObjectId, key: &str) -> Vec<OpId> {
        let place = self.places.get(&object).and_then(|places| places.get(key));
        place.into_iter().flatten().copied().collect()
    }

    /// The keys of a map.
    pub fn keys(&self, object: ObjectId) -> impl Iterator<Item = &str> {
        self.places.get(&object).into_iter().flatten().map(|(key, _)| key.as_str())
    }

    /// The characters of a text that were ever inserted.
    pub fn characters(&self, text: OpId) -> impl Iterator<Item = OpId> {
        self.characters.get(&text).into_iter().flatten().map(|(id, _)| *id)
    }

    /// Whether a character was deleted.
    pub fn is_deleted(&self, character: OpId) -> bool {
        self.deleted.contains(&character)
    }

    /// The whole document.
    pub fn read(&self) -> Reading {
        self.read_map(ObjectId::Root)
    }

    fn read_map(&self, object: ObjectId) -> Reading {
        let places = self.places.get(&object).into_iter().flatten();
        let read = |id: &OpId| match (self.containers.get(id), self.scalars.get(id)) {
            (Some(container), _) if container.is_text => Read::Text(self.read_text(*id)),
            (Some(_), _) => Read::Map(self.read_map(ObjectId::Made(*id))),
            (None, scalar) => Read::Scalar(scalar.cloned().unwrap_or(Scalar::Null)),
        };
        places.map(|(key, ids)| (key.clone(), ids.iter().rev().map(|id| (*id, read(id))).collect())).collect()
    }

    /// Characters behind the same one stand in descending order of their ids, each followed by what stands behind it.
    fn read_text(&self, text: OpId) -> String {
        let Some(characters) = self.characters.get(&text) else { return String::new() };
        let mut behind: BTreeMap<Option<OpId>, Vec<OpId>> = BTreeMap::new();
        characters.iter().for_each(|(id, (before, _))| behind.entry(*before).or_default().push(*id));
        let mut todo = behind.remove(&None).unwrap_or_default();
        let mut out = String::new();
        while let Some(id) = todo.pop() {
            if !self.deleted.contains(&id) {
                out.push_str(&characters[&id].1);
            }
            todo.extend(behind.remove(&Some(id)).unwrap_or_default());
        }
        out
    }
}
