//! A record as a document: its graph of changes and the Automerge document they make.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
};

use automerge::{Automerge, TextEncoding};

use super::{
    graph::{Graph, Origin},
    structure::StructureError,
    tree::{self, Map, TreeError},
};
use crate::{
    ChangeHash, RecordId,
    change::{Change, ReadError, read_chunk, write_chunk},
};

/// Why a change cannot be part of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The chunk is not acceptable.
    #[error(transparent)]
    Chunk(#[from] ReadError),
    /// The first change does not yield the record's id.
    #[error("the first change does not yield this record's id")]
    Mismatch,
    /// The structure rules are broken.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// Another change with the same actor and seq is here: a device said two things at once.
    #[error("the device has made another change with the same number: {0}")]
    Equivocation(ChangeHash),
    /// Automerge refused or misread it.
    #[error("the document library refused the change: {0}")]
    Library(String),
    /// The document cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// No first change.
    #[error("the record has no first change")]
    Empty,
}

impl RecordError {
    /// The code of protocol.md section 4.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mismatch => "record_mismatch",
            Self::Equivocation(_) => "equivocation",
            _ => "invalid_change",
        }
    }
}

/// One record: the graph of its changes, and the document.
#[derive(Debug, Clone)]
pub struct Record {
    id: RecordId,
    graph: Graph,
    doc: Automerge,
    /// What the document holds, once it was read.
    tree: OnceLock<Map>,
}

impl Record {
    /// A record without changes yet.
    pub fn empty(id: RecordId) -> Self {
        Self { id, graph: Graph::new(), doc: new_document(), tree: OnceLock::new() }
    }

    /// Rebuilds a record from chunks that were checked when they were taken in, each after those it builds on.
    pub fn replay<'a>(id: RecordId, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, RecordError> {
        let mut record = Self::empty(id);
        let mut loaded = Vec::new();
        for chunk in chunks {
            let change = read_chunk(chunk)?;
            record.check(&change)?;
            record.graph.take(change);
            loaded.push(load(chunk.to_vec())?);
        }
        guarded(|| apply(&mut record.doc, loaded))?;
        Ok(record)
    }

    /// Which record this is.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// Its changes.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What its first change says.
    pub fn origin(&self) -> Result<Origin, RecordError> {
        self.graph.origin().ok_or(RecordError::Empty)
    }

    /// Its heads.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.graph.heads()
    }

    /// The Automerge document, to read and to fork; what it becomes enters through [`Record::apply`].
    pub(crate) fn doc(&self) -> &Automerge {
        &self.doc
    }

    /// A plain Automerge file that other Automerge implementations open.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// Everything in the document.
    pub(crate) fn tree(&self) -> Result<&Map, RecordError> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        let tree = guarded(|| Ok(tree::read(&self.doc)?))?;
        Ok(self.tree.get_or_init(|| tree))
    }

    /// The record as it was at these heads.
    pub fn at(&self, heads: &[ChangeHash]) -> Result<Self, RecordError> {
        if heads == self.heads() {
            return Ok(self.clone());
        }
        let ancestry = self.graph.ancestry(heads);
        let mut past = Self::empty(self.id);
        for change in self.graph.changes().iter().filter(|c| ancestry.contains(&c.hash)) {
            past.graph.take(change.clone());
        }
        past.doc = guarded(|| document_of(&past.graph))?;
        Ok(past)
    }

    /// Record id and structure, without Automerge.
    pub fn check(&self, change: &Change) -> Result<(), RecordError> {
        if change.deps.is_empty() && self.graph.changes().is_empty() {
            self.check_id(change)?;
        }
        self.graph.check(change)?;
        if change.deps.is_empty() && !time_fits(change) {
            return Err(StructureError::Root.into());
        }
        Ok(())
    }

    /// Whether a first change yields this record's id.
    pub fn check_id(&self, change: &Change) -> Result<(), RecordError> {
        match Origin::of(change) {
            Some(origin) if origin.record() == self.id => Ok(()),
            _ => Err(RecordError::Mismatch),
        }
    }

    /// Takes in a change after the structure rules and a trial: apply and read. On any error `self` is as it was.
    pub fn apply(&mut self, change: Change, chunk: &[u8]) -> Result<(), RecordError> {
        if self.graph.contains(&change.hash) {
            return Ok(());
        }
        self.check(&change)?;
        // Automerge itself refuses two changes with one actor and seq, so this is looked at before the trial.
        if let Some(other) = self.graph.equivocation(&change) {
            return Err(RecordError::Equivocation(other));
        }
        let loaded = load(chunk.to_vec())?;
        match guarded(|| trial(&mut self.doc, loaded, change.hash)) {
            Ok(tree) => {
                self.graph.take(change);
                self.tree = tree.into();
                Ok(())
            }
            Err(error) => {
                // Whatever state it was left in, the document is made anew without the change.
                self.doc = guarded(|| document_of(&self.graph))?;
                Err(error)
            }
        }
    }
}

fn new_document() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
}

/// The document that changes make. A change has one form, so that writing it gives the bytes that were signed.
fn document_of(graph: &Graph) -> Result<Automerge, RecordError> {
    let chunks = graph.changes().iter().map(|change| load(write_chunk(change)));
    let mut doc = new_document();
    apply(&mut doc, chunks.collect::<Result<Vec<_>, _>>()?)?;
    Ok(doc)
}

/// The first change's time is the record's creation time in whole seconds.
fn time_fits(change: &Change) -> bool {
    Origin::of(change).is_some_and(|origin| origin.origin.created_ms.div_euclid(1_000) == change.time_s)
}

fn load(chunk: Vec<u8>) -> Result<automerge::Change, RecordError> {
    guarded(|| automerge::Change::from_bytes(chunk).map_err(|e| RecordError::Library(e.to_string())))
}

fn apply(doc: &mut Automerge, changes: Vec<automerge::Change>) -> Result<(), RecordError> {
    doc.apply_changes(changes).map_err(|e| RecordError::Library(e.to_string()))
}

/// Applies a change for good and gives what the document then holds. That it could be saved and loaded again follows
/// from the strict reader and the structure rules (docs/decisions/0009), and fuzzing holds them to it.
fn trial(doc: &mut Automerge, change: automerge::Change, hash: ChangeHash) -> Result<Map, RecordError> {
    apply(doc, vec![change])?;
    if !doc.get_heads().contains(&automerge::ChangeHash(hash.0)) {
        return Err(RecordError::Library("the change did not become a head".into()));
    }
    Ok(tree::read(doc)?)
}

/// A panic in the document library becomes an error, where the platform can catch one.
fn guarded<T>(work: impl FnOnce() -> Result<T, RecordError>) -> Result<T, RecordError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(RecordError::Library("it panicked".into())))
}
