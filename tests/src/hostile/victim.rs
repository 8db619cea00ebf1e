//! The record that is attacked: two genuine changes that everyone has, and a third that was not sent.

use dongbo_core::{
    RecordId,
    change::{Action, Change, Key, ObjectId, Op, OpId, Scalar},
    record::Written,
};
use serde_json::json;

use super::Sender;

/// A record and its genuine changes.
pub struct Victim {
    /// Its first change.
    pub first: Written,
    /// The one after, which writes a title, a paragraph and a choice.
    pub second: Written,
    /// What would come next.
    pub third: Written,
}

impl Victim {
    /// A new record.
    pub fn new(sender: &mut Sender) -> anyhow::Result<Self> {
        let first = sender.create()?;
        let text =
            json!({"title": "Tiêu đề sửa", "content": "Hướng dẫn bà con dùng dịch vụ công trực tuyến", "themes": []});
        let second = sender.edit(&first, text)?;
        let text =
            json!({"title": "Tiêu đề lần ba", "content": "Bà con dùng dịch vụ công trực tuyến", "place": "Ấp Tây"});
        let third = sender.edit(&second, text)?;
        Ok(Self { first, second, third })
    }

    /// Which record.
    pub fn record(&self) -> RecordId {
        self.first.record.id()
    }

    /// The first change's operation at a key, such as the one that made `answers`.
    pub fn made(&self, name: &str) -> OpId {
        let at = |op: &&Op| matches!(&op.key, Key::Prop(key) if key == name);
        match self.first.change.ops.iter().find(at) {
            Some(op) => op.id,
            None => unreachable!("the sample has no {name}"),
        }
    }

    /// The second change's operation at a key.
    pub fn latest(&self, name: &str) -> OpId {
        let at = |op: &&Op| matches!(&op.key, Key::Prop(key) if key == name);
        match self.second.change.ops.iter().find(at) {
            Some(op) => op.id,
            None => unreachable!("the sample's second change does not write {name}"),
        }
    }

    /// A visible character of the paragraph `content`.
    pub fn character(&self) -> OpId {
        match self.first.change.ops.iter().find(|op| op.insert) {
            Some(op) => op.id,
            None => unreachable!("the sample has no paragraph"),
        }
    }

    /// A change after the second one, without operations yet.
    pub(super) fn next(&self) -> Next {
        Next(Change { ops: Vec::new(), ..self.third.change.clone() })
    }
}

/// A change that is being made up.
#[derive(Clone)]
pub(super) struct Next(pub(super) Change);

impl Next {
    /// Adds an operation.
    pub(super) fn op(mut self, object: ObjectId, key: Key, action: Action, value: Scalar, replaces: &[OpId]) -> Self {
        let counter = self.0.start_op + self.0.ops.len() as u64;
        let id = OpId { counter, actor: self.0.actor };
        self.0.ops.push(Op { id, object, key, insert: false, action, value, replaces: replaces.to_vec() });
        self
    }

    /// Adds an insertion.
    pub(super) fn insert(self, object: ObjectId, after: Key, text: &str) -> Self {
        let mut next = self.op(object, after, Action::Put, Scalar::Text(text.into()), &[]);
        if let Some(op) = next.0.ops.last_mut() {
            op.insert = true;
        }
        next
    }

    /// The name of an operation to come, counted from this change's first.
    pub(super) fn own(&self, number: u64) -> OpId {
        OpId { counter: self.0.start_op + number, actor: self.0.actor }
    }
}

/// A key of a map.
pub(super) fn key(name: &str) -> Key {
    Key::Prop(name.into())
}

/// The victim's map of answers.
pub(super) fn answers(victim: &Victim) -> ObjectId {
    ObjectId::Made(victim.made("answers"))
}
