//! Changes made from the fuzzer's choices: most fit the record exactly, some are wrong in one place.

use std::collections::BTreeSet;

use dongbo_core::{
    Actor, ChangeHash, DeviceId,
    change::{Action, Change, Key, ObjectId, Op, OpId, Scalar},
    limits::CONTAINER_DEPTH_MAX,
};

use super::{
    input::Input,
    model::{Container, Model},
    values::{character, integer, key, scalar, time_s},
};

/// Devices of records that no hub sees. The first one's actor begins another's.
pub const DEVICES: [DeviceId; 4] = [DeviceId([1; 16]), DeviceId([0; 16]), DeviceId([0xff; 16]), DeviceId([0x7f; 16])];

/// Who writes: a first or further actor of one of some devices.
pub fn actor(input: &mut Input<'_>, devices: &[DeviceId]) -> Actor {
    const PREFIXES: [[u8; 8]; 3] = [[1; 8], [0; 8], [0xff; 8]];
    let device = *input.pick(devices);
    match input.below(4) {
        0..2 => Actor::first(device),
        2 => Actor::further(device, PREFIXES[0]),
        _ => Actor::further(device, *input.pick(&PREFIXES)),
    }
}

/// A change in the making, on what its dependencies leave visible.
pub struct Draft<'m> {
    before: &'m Model,
    actor: Actor,
    start_op: u64,
    ops: Vec<Op>,
    /// What this change made and wrote so far.
    made: Vec<(OpId, Container)>,
    written: BTreeSet<(ObjectId, Key)>,
    typed: Vec<(OpId, OpId)>,
}

impl<'m> Draft<'m> {
    /// Nothing yet.
    pub fn new(before: &'m Model, actor: Actor, start_op: u64) -> Self {
        Self { before, actor, start_op, ops: Vec::new(), made: Vec::new(), written: BTreeSet::new(), typed: Vec::new() }
    }

    /// Adds operations as the input says, each as the rules have it.
    pub fn fill(&mut self, input: &mut Input<'_>) {
        for _ in 0..=input.below(12) {
            match input.below(8) {
                0..3 => self.put(input),
                3 => self.make(input, Action::MakeMap),
                4 => self.make(input, Action::MakeText),
                5..7 => self.insert(input),
                _ => self.delete(input),
            }
        }
        if self.ops.is_empty() {
            self.put(input);
        }
    }

    /// The change.
    pub fn finish(self, deps: Vec<ChangeHash>, seq: u64, time_s: i64) -> Change {
        let Self { actor, start_op, ops, .. } = self;
        Change { hash: ChangeHash([0; 32]), deps, actor, seq, start_op, time_s, ops }
    }

    /// Adds one operation and gives its name.
    pub fn push(
        &mut self,
        object: ObjectId,
        key: Key,
        insert: bool,
        action: Action,
        value: Scalar,
        replaces: Vec<OpId>,
    ) -> OpId {
        let id = OpId { counter: self.start_op + self.ops.len() as u64, actor: self.actor };
        if matches!(action, Action::MakeMap | Action::MakeText) {
            let depth = self.depth(object) + 1;
            self.made.push((id, Container { is_text: action == Action::MakeText, depth }));
        }
        if !insert {
            self.written.insert((object, key.clone()));
        }
        self.ops.push(Op { id, object, key, insert, action, value, replaces });
        id
    }

    fn depth(&self, object: ObjectId) -> usize {
        let own = self.made.iter().find(|(id, _)| object == ObjectId::Made(*id));
        own.map_or_else(|| self.before.depth(object), |(_, container)| container.depth)
    }

    /// A container, the last made ones likeliest: how else would anything become deep or full?
    fn container(&self, input: &mut Input<'_>, fits: impl Fn(&Container) -> bool) -> Option<OpId> {
        let all =
            self.before.containers.iter().map(|(id, container)| (*id, *container)).chain(self.made.iter().copied());
        let all: Vec<OpId> = all.filter(|(_, container)| fits(container)).map(|(id, _)| id).collect();
        let (last, any) = (input.one_in(2), input.byte());
        if last { all.last().copied() } else { all.get(usize::from(any) % all.len().max(1)).copied() }
    }

    /// A key of a map: one that is there, or a new one.
    fn key(&self, input: &mut Input<'_>, map: OpId) -> String {
        let old = input.one_in(2).then(|| input.pick_any(self.before.keys(ObjectId::Made(map)))).flatten();
        old.map_or_else(|| key(input), str::to_owned)
    }

    fn put(&mut self, input: &mut Input<'_>) {
        let Some(map) = self.container(input, |container| !container.is_text) else { return };
        let (object, key) = (ObjectId::Made(map), self.key(input, map));
        let visible = self.before.visible(object, &key);
        let hides = visible.iter().any(|id| self.before.containers.contains_key(id));
        if !hides && !self.written.contains(&(object, Key::Prop(key.clone()))) {
            self.push(object, Key::Prop(key), false, Action::Put, scalar(input), visible);
        }
    }

    fn make(&mut self, input: &mut Input<'_>, action: Action) {
        let Some(map) = self.container(input, |container| !container.is_text && container.depth < CONTAINER_DEPTH_MAX)
        else {
            return;
        };
        let (object, key) = (ObjectId::Made(map), self.key(input, map));
        let is_text = action == Action::MakeText;
        let same_type =
            |id: &OpId| self.before.containers.get(id).is_some_and(|container| container.is_text == is_text);
        let taken = self.before.visible(object, &key).iter().any(same_type);
        if !taken && !self.written.contains(&(object, Key::Prop(key.clone()))) {
            self.push(object, Key::Prop(key), false, action, Scalar::Null, Vec::new());
        }
    }

    /// A run of characters, each behind the one before it.
    fn insert(&mut self, input: &mut Input<'_>) {
        let Some(text) = self.container(input, |container| container.is_text) else { return };
        let own = self.typed.iter().filter(|(of, _)| *of == text).map(|(_, id)| *id);
        let there = self.before.characters(text).chain(own);
        let mut behind = if input.one_in(3) { None } else { input.pick_any(there) };
        let count = if input.one_in(16) { 1 + usize::from(input.byte()) } else { 1 + input.below(6) };
        let same = input.one_in(4).then(|| character(input));
        for _ in 0..count {
            let value = Scalar::Text(same.clone().unwrap_or_else(|| character(input)));
            let key = behind.map_or(Key::Head, Key::Element);
            let id = self.push(ObjectId::Made(text), key, true, Action::Put, value, Vec::new());
            self.typed.push((text, id));
            behind = Some(id);
        }
    }

    fn delete(&mut self, input: &mut Input<'_>) {
        let Some(text) = self.container(input, |container| container.is_text) else { return };
        let object = ObjectId::Made(text);
        for _ in 0..=input.below(5) {
            let deletable =
                |id: &OpId| !self.before.is_deleted(*id) && !self.written.contains(&(object, Key::Element(*id)));
            let Some(id) = input.pick_any(self.before.characters(text).filter(deletable)) else { return };
            self.push(object, Key::Element(id), false, Action::Delete, Scalar::Null, vec![id]);
        }
    }
}

/// Makes a change wrong in one place, or leaves it right by luck.
pub fn spoil(input: &mut Input<'_>, change: &mut Change, before: &Model) {
    let ids: Vec<OpId> = before.containers.keys().copied().chain(change.ops.iter().map(|op| op.id)).collect();
    let any_id = *input.pick(&ids);
    let at = usize::from(input.byte()) % change.ops.len();
    let what = input.below(16);
    let op = &mut change.ops[at];
    match what {
        0 => _ = op.replaces.pop(),
        1 => op.replaces.push(any_id),
        2 => op.replaces.insert(0, any_id),
        3 => op.object = ObjectId::Made(any_id),
        4 => op.object = ObjectId::Root,
        5 => op.key = Key::Prop(key(input)),
        6 => op.key = Key::Element(any_id),
        7 => op.key = Key::Head,
        8 => op.insert = !op.insert,
        9 => op.action = *input.pick(&[Action::MakeMap, Action::MakeText, Action::Put, Action::Delete]),
        10 => op.value = if input.one_in(4) { Scalar::Bytes(input.take(9).to_vec()) } else { scalar(input) },
        11 => change.seq = number(input, change.seq),
        12 => {
            // The operations move along, so that only the start is wrong.
            let moved = number(input, change.start_op);
            change.start_op = moved;
            for (place, op) in (0..).zip(&mut change.ops) {
                op.id.counter = moved.saturating_add(place);
            }
        }
        13 => _ = change.deps.pop(),
        14 => change.deps.push(ChangeHash([input.byte(); 32])),
        _ => change.time_s = if input.one_in(2) { integer(input) } else { time_s(input) },
    }
}

/// A number near another, or anywhere.
fn number(input: &mut Input<'_>, near: u64) -> u64 {
    match input.below(5) {
        0 => near.wrapping_add(1),
        1 => near.wrapping_sub(1),
        2 => *input.pick(&[0, 1, 1 << 24, (1 << 24) + 1, u64::from(u32::MAX), 1 << 53, i64::MAX as u64, u64::MAX]),
        3 => near + u64::from(input.byte()),
        _ => input.number(),
    }
}
