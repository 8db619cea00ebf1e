//! A record as a document: its graph of changes and the Automerge document they make.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, TextEncoding};

use super::{
    graph::{Graph, Origin},
    structure::StructureError,
    tree::{self, Map, TreeError},
};
use crate::{
    ChangeHash, RecordId,
    change::{Change, ReadError, read_chunk},
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
    /// Automerge refused or misread it.
    #[error("the document library refused the change: {0}")]
    Library(String),
    /// The document cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Saved and loaded again, the document reads differently.
    #[error("saved and loaded again, the document reads differently")]
    Unstable,
    /// No first change.
    #[error("the record has no first change")]
    Empty,
}

/// One record: the graph of its changes, and the document.
#[derive(Debug, Clone)]
pub struct Record {
    id: RecordId,
    graph: Graph,
    doc: Automerge,
}

impl Record {
    /// A record without changes yet.
    pub fn empty(id: RecordId) -> Self {
        Self { id, graph: Graph::new(), doc: Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint) }
    }

    /// Rebuilds a record from chunks that were checked when they were taken in, each after those it builds on.
    pub fn replay<'a>(id: RecordId, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, RecordError> {
        let mut record = Self::empty(id);
        let mut loaded = Vec::new();
        for chunk in chunks {
            let change = read_chunk(chunk)?;
            record.check(&change)?;
            record.graph.insert(change)?;
            loaded.push(load(chunk)?);
        }
        guarded(|| record.doc.apply_changes(loaded).map_err(|e| RecordError::Library(e.to_string())))?;
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
    pub(crate) fn tree(&self) -> Result<Map, TreeError> {
        tree::read(&self.doc)
    }

    /// The record as it was at these heads.
    pub fn at(&self, heads: &[ChangeHash]) -> Result<Self, RecordError> {
        if heads == self.heads() {
            return Ok(self.clone());
        }
        let ancestry = self.graph.ancestry(heads);
        let mut past = Self::empty(self.id);
        let mut loaded = Vec::new();
        for change in self.graph.changes().iter().filter(|c| ancestry.contains(&c.hash)) {
            past.graph.insert(change.clone())?;
            loaded.extend(self.change_bytes(&change.hash));
        }
        past.doc.apply_changes(loaded).map_err(|e| RecordError::Library(e.to_string()))?;
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

    /// Takes in a change after the structure rules and a trial on a copy: apply, read, save, load, read the same.
    /// On any error `self` is as it was.
    pub fn apply(&mut self, change: Change, chunk: &[u8]) -> Result<(), RecordError> {
        if self.graph.contains(&change.hash) {
            return Ok(());
        }
        self.check(&change)?;
        let loaded = load(chunk)?;
        let hash = change.hash;
        let doc = guarded(|| trial(&self.doc, loaded, hash))?;
        self.graph.insert(change)?;
        self.doc = doc;
        Ok(())
    }

    fn change_bytes(&self, hash: &ChangeHash) -> Option<automerge::Change> {
        use automerge::ReadDoc as _;
        self.doc.get_change_by_hash(&automerge::ChangeHash(hash.0))
    }
}

/// The first change's time is the record's creation time in whole seconds.
fn time_fits(change: &Change) -> bool {
    Origin::of(change).is_some_and(|origin| origin.origin.created_ms.div_euclid(1_000) == change.time_s)
}

fn load(chunk: &[u8]) -> Result<automerge::Change, RecordError> {
    guarded(|| automerge::Change::from_bytes(chunk.to_vec()).map_err(|e| RecordError::Library(e.to_string())))
}

fn trial(doc: &Automerge, change: automerge::Change, hash: ChangeHash) -> Result<Automerge, RecordError> {
    let library = |e: automerge::AutomergeError| RecordError::Library(e.to_string());
    let mut copy = doc.clone();
    copy.apply_changes([change]).map_err(library)?;
    if !copy.get_heads().contains(&automerge::ChangeHash(hash.0)) {
        return Err(RecordError::Library("the change did not become a head".into()));
    }
    let before = tree::read(&copy)?;
    let mut reloaded = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    reloaded.load_incremental(&copy.save()).map_err(library)?;
    if tree::read(&reloaded)? == before && reloaded.get_heads() == copy.get_heads() {
        Ok(copy)
    } else {
        Err(RecordError::Unstable)
    }
}

/// A panic in the document library becomes an error, where the platform can catch one.
fn guarded<T>(work: impl FnOnce() -> Result<T, RecordError>) -> Result<T, RecordError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(RecordError::Library("it panicked".into())))
}
