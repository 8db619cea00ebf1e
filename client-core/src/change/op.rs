//! One operation of a change, as the strict reader sees it.

use crate::Actor;

/// An operation's name: a counter and an actor. Orders as Automerge orders (Lamport).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    /// Counts up along every path through a record's history.
    pub counter: u64,
    /// Who.
    pub actor: Actor,
}

/// A container, named by the operation that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    /// The document's root map.
    Root,
    /// A map or text made by an operation.
    Made(OpId),
}

/// Where in a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A map's key.
    Prop(String),
    /// The start of a text.
    Head,
    /// A character of a text.
    Element(OpId),
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Makes a map.
    MakeMap,
    /// Makes a text.
    MakeText,
    /// Sets a value, or inserts a character.
    Put,
    /// Deletes.
    Delete,
}

/// A value, as far as the protocol allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// Absent and null read the same.
    Null,
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes (only the salt).
    Bytes(Vec<u8>),
    /// Milliseconds since the Unix epoch.
    Timestamp(i64),
}

/// One operation. Its counter is the change's first plus its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// Its name.
    pub id: OpId,
    /// The container it acts on.
    pub object: ObjectId,
    /// Where in it.
    pub key: Key,
    /// Whether it inserts into a text.
    pub insert: bool,
    /// What it does.
    pub action: Action,
    /// The value it sets.
    pub value: Scalar,
    /// The operations it replaces.
    pub replaces: Vec<OpId>,
}
